/**
 * The log: records as JSON, one a line.
 * In: the program's own records; the container's lines come by way of `line_records.ts`. Out: bytes in the output
 * queue, e.g.
 * `<6>{"timestamp":"…","severity":"info","source":"service","message":"…","data":{},"context":{…},"exception":null}`
 * The priority `<6>` is for the journal only, which takes it off again: sd-daemon(3).
 */
import { type Instant, type LogEntry, type Logger, PRIORITIES, type Severity } from "./log_record.ts";
import { toJson } from "./json_bytes.ts";
import { LineRecords, type LogOptions } from "./line_records.ts";
import type { OutputQueue } from "./output_queue.ts";
import type { RecordSink } from "./record_sink.ts";
import { EPOCH, formatInstant, RisingClock } from "./rising_clock.ts";
import { splitText } from "./split_text.ts";

/** The journal would cut a longer line in two: journald.conf(5), `LineMax=`. Without the line break. */
export const RECORD_LIMIT_BYTES = 48 * 1024 - 1;

/** Of data that leave no room for a message, so much is shown, as text. */
const CUT_LENGTH = 8_000;

export interface JsonLinesOptions {
  readonly service: string;
  readonly output: OutputQueue;
  /** Milliseconds since 1970, with a fraction. */
  readonly nowMs: () => number;
  /** Whether the output is the journal, so that each line begins with its priority. */
  readonly journal: boolean;
}

export class JsonLines implements Logger {
  /** One for all records, those of the container's lines too, so that the stamps of the whole log rise. */
  readonly clock: RisingClock;
  /** How much containers have written since the program started. */
  readonly written = { lines: 0, bytes: 0 };
  readonly #context: string;
  #sink: RecordSink | undefined;
  /** Called with each record that means something to whoever wants to be told, whole. */
  onEvent: (entry: LogEntry) => void = () => {};

  constructor(readonly options: JsonLinesOptions) {
    this.clock = new RisingClock(options.nowMs);
    this.clock.onSetBack = (seconds) => {
      const message =
        `The machine's clock was set back by ${seconds} s: from here on, times come a second time`;
      this.log({ severity: "notice", source: "service", message });
    };
    this.#context = toJson({ service: options.service });
  }

  /** Takes the lines of one container; `data`: what each of their records has in its data, before all else. */
  containerLines(logs: LogOptions, data: Readonly<Record<string, string>> = {}): LineRecords {
    return new LineRecords({
      output: this.options.output,
      written: this.written,
      clock: this.clock,
      prefix: (severity) => this.#prefix(severity),
      context: this.#context,
      data: toJson(data).slice(1, -1),
      limitBytes: RECORD_LIMIT_BYTES,
      onPatternGivenUp: () => {
        const message = '"logs.multiline" takes too long for what the container writes: from here on, ' +
          "each of its lines is a record";
        this.log({ severity: "warn", source: "service", message, data });
      },
      ...(this.#sink && { onLine: this.#sink.lines(data) }),
    }, logs);
  }

  /** From now on `sink` gets all records too; of container's lines only those of `containerLines` made after this. */
  attach(sink: RecordSink): void {
    this.#sink = sink;
  }

  /** Writes a record; one that is too long for the journal becomes several, with a part of the message each. */
  log(entry: LogEntry): void {
    const { output } = this.options;
    for (const part of this.#parts(entry)) {
      const instant = this.clock.next();
      output.append(this.#render(part, instant) + "\n");
      this.#sink?.entry(part, instant);
    }
    if (entry.event !== undefined) this.onEvent(entry);
    // Records that are logged one right after the other leave in one write.
    queueMicrotask(() => void output.flush());
  }

  #parts(entry: LogEntry): readonly LogEntry[] {
    const size = (part: LogEntry) => new TextEncoder().encode(this.#render(part, EPOCH)).length;
    if (size(entry) <= RECORD_LIMIT_BYTES) return [entry];
    const frameBytes = size({ ...entry, message: "" });
    if (frameBytes > RECORD_LIMIT_BYTES / 2) {
      // What others have written, e.g. the last lines, may take six times as much when it is escaped.
      const { data, exception, ...rest } = entry;
      const cut = toJson({ ...data, exception: describeException(exception) }).slice(0, CUT_LENGTH);
      return this.#parts({ ...rest, data: { cut } });
    }
    // 64 for the numbers of the part.
    const pieces = splitText(entry.message, RECORD_LIMIT_BYTES - frameBytes - 64);
    const parts = pieces.length;
    return pieces.map((message, at) => ({ ...entry, message, data: { ...entry.data, part: at + 1, parts } }));
  }

  #render({ severity, source, message, data = {}, exception }: LogEntry, instant: Instant): string {
    return `${this.#prefix(severity)}{"timestamp":"${formatInstant(instant)}","severity":"${severity}",` +
      `"source":"${source}","message":${toJson(message)},"data":${toJson(data)},` +
      `"context":${this.#context},"exception":${toJson(describeException(exception))}}`;
  }

  #prefix(severity: Severity): string {
    return this.options.journal ? `<${PRIORITIES[severity]}>` : "";
  }
}

/** What was thrown, as `{ message, backtrace, cause }`; the cause is such an object too, or null. */
function describeException(exception: unknown): object | null {
  if (exception === undefined || exception === null) return null;
  if (!(exception instanceof Error)) return { message: String(exception), backtrace: [], cause: null };
  const frames = (exception.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return {
    message: exception.message,
    backtrace: frames.map((line) => line.trim().slice("at ".length)),
    cause: describeException(exception.cause),
  };
}
