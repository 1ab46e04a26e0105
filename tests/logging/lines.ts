/** A container's lines, and the records that become of them. */
import * as v from "valibot";
import { logsSchema } from "../../src/config/logs_config.ts";
import { RECORD_LIMIT_BYTES } from "../../src/logging/json_lines.ts";
import { LineRecords, type LogOptions } from "../../src/logging/line_records.ts";
import type { Logger } from "../../src/logging/log_record.ts";
import type { OutputStream } from "../../src/host/host.ts";
import { OutputQueue } from "../../src/logging/output_queue.ts";
import { RisingClock } from "../../src/logging/rising_clock.ts";

// deno-lint-ignore no-explicit-any -- a record's data is what the test says it is
export type ParsedRecord = Record<string, any>;

/** What a config without the section `logs` means, or with this one. */
export function logOptions(section: Record<string, unknown> = {}): LogOptions {
  return v.parse(logsSchema, section);
}

export class Lines {
  #text = "";
  readonly output = new OutputQueue((bytes) => {
    this.#text += new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return Promise.resolve();
  }, (error) => {
    throw error;
  });
  /** Nothing is to be said about the lines themselves. */
  readonly logger: Logger = {
    log: ({ message }) => {
      throw new Error(message);
    },
  };
  readonly clock: RisingClock;
  readonly records: LineRecords;
  readonly counted = { lines: 0, bytes: 0 };
  /** How often the pattern was given up. */
  givenUp = 0;

  constructor(
    section: Record<string, unknown> = {},
    limitBytes = RECORD_LIMIT_BYTES,
    nowMs: () => number = Date.now,
  ) {
    this.clock = new RisingClock(nowMs);
    const { output, clock } = this;
    const context = '{"service":"web"}';
    const onPatternGivenUp = () => {
      this.givenUp++;
    };
    const options = { output, clock, prefix: () => "", context, data: "", limitBytes, onPatternGivenUp };
    this.records = new LineRecords({ ...options, written: this.counted }, logOptions(section));
  }

  write(text: string, stream: OutputStream = "stdout", unfinished = false): this {
    const bytes = new TextEncoder().encode(text);
    const instant = this.clock.next();
    this.records.write(stream, bytes, { from: 0, to: bytes.length, unfinished, instant });
    return this;
  }

  async texts(): Promise<string[]> {
    await this.output.flush();
    return this.#text.split("\n").slice(0, -1);
  }

  async written(): Promise<ParsedRecord[]> {
    return (await this.texts()).map((line) => JSON.parse(line));
  }

  /** `severity: message` of each record. */
  async shown(): Promise<string[]> {
    return (await this.written()).map(({ severity, message }) => `${severity}: ${message}`);
  }
}
