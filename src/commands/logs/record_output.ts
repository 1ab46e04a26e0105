/** Where records go: standard output, as rows or as JSON lines. */
import { toJson } from "../../logging/json_bytes.ts";
import { printableJson } from "../../printable.ts";
import { type CommandContext, paintFor } from "../command_context.ts";
import type { JournalRecord } from "./journal_record.ts";
import type { LogsOptions } from "./log_options.ts";
import { RecordRows } from "./record_rows.ts";

interface Reader {
  readonly context: CommandContext;
  /** Called when nobody reads standard output any more, as of `service_runner logs web | head`. */
  readonly onClosed: () => void;
}

export class RecordOutput {
  /** Whether any record was written. */
  hasWritten = false;
  readonly #encoder = new TextEncoder();
  readonly #render: (record: JournalRecord) => string;

  /** `services`: as `RowsOptions` has it. */
  constructor(
    { json }: Pick<LogsOptions, "json">,
    services: readonly string[] | undefined,
    readonly reader: Reader,
  ) {
    const { context } = reader;
    const rows = new RecordRows({
      paint: paintFor("stdout", context),
      // What goes into a file, or through grep, is read without the line that tells the day.
      areDated: !context.terminal.isTerminal("stdout"),
      services,
      now: new Date(),
    });
    this.#render = json ? jsonLine : (record) => rows.render(record);
  }

  /** Resolves when all is written. */
  async write(records: readonly JournalRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.hasWritten = true;
    const text = records.map(this.#render).join("");
    try {
      await this.reader.context.host.writeStdout(this.#encoder.encode(text));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EPIPE") throw error;
      this.reader.onClosed();
    }
  }
}

function jsonLine({ json, record }: JournalRecord): string {
  return `${json === undefined ? toJson(record) : printableJson(json)}\n`;
}
