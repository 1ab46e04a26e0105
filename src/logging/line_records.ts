/**
 * The container's lines as records: the hot path of the program.
 * What needs no escaping in JSON is copied byte for byte, never decoded; the rest goes through strings.
 */
import type { Severity, Stream } from "./log_record.ts";
import type { OutputQueue } from "./output_queue.ts";
import type { LineListener } from "./record_sink.ts";
import { formatInstant, type Instant, type RisingClock } from "./rising_clock.ts";
import { splitText } from "./split_text.ts";

export interface LineRecordsOptions {
  readonly output: OutputQueue;
  readonly clock: RisingClock;
  readonly prefix: (severity: Severity) => string;
  /** The `context` object as JSON. */
  readonly context: string;
  readonly limitBytes: number;
}

const SEVERITIES: Readonly<Record<Stream, Severity>> = { stdout: "info", stderr: "warn" };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** `{"timestamp":"` and what follows the stamp, as bytes, once per stream. */
interface Template {
  readonly head: Uint8Array;
  /** From behind the seconds' fraction to the opening quote of the message. */
  readonly middle: Uint8Array;
}

export class LineRecords {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #templates: Readonly<Record<Stream, Template>>;
  readonly #tail: Uint8Array;
  readonly #overheadBytes: number;
  /** `2026-11-22T15:34:18.` of the last record: most follow within the same second. */
  #secondText = new Uint8Array(0);
  #second = -1;
  /** How many parts of a stream's unfinished line are out already. */
  readonly #partsOut: Record<Stream, number> = { stdout: 0, stderr: 0 };
  /** Told of every record. */
  onLine: LineListener | undefined;

  constructor(readonly options: LineRecordsOptions) {
    this.#templates = { stdout: this.#template("stdout"), stderr: this.#template("stderr") };
    this.#tail = this.#encoder.encode(`","data":{},"context":${options.context},"exception":null}\n`);
    // 30 bytes of time stamp; "part" and "parts" with numbers of any length.
    this.#overheadBytes = this.#templates.stderr.head.length + this.#templates.stderr.middle.length +
      this.#tail.length + 30 + 64;
  }

  /**
   * Writes `bytes[from, to)`, a line without its line break, as one record, or as several if it is too long.
   * `unfinished`: more of the same line is going to follow in another call.
   */
  write(stream: Stream, bytes: Uint8Array, { from, to, unfinished, instant }: {
    readonly from: number;
    readonly to: number;
    readonly unfinished: boolean;
    readonly instant: Instant;
  }): void {
    const whole = !unfinished && this.#partsOut[stream] === 0;
    const short = to - from + this.#overheadBytes <= this.options.limitBytes;
    if (whole && short && !(bytes[from] === OPENING_BRACE && bytes[to - 1] === CLOSING_BRACE)) {
      if (this.#copy(stream, bytes, from, to, instant)) return;
    }
    this.#writeText(stream, this.#decoder.decode(bytes.subarray(from, to)), unfinished, instant);
  }

  /** False, with nothing written, if the line has bytes that can not be copied as they are. */
  #copy(stream: Stream, bytes: Uint8Array, from: number, to: number, instant: Instant): boolean {
    const { head, middle } = this.#templates[stream];
    const { buffer, offset } = this.options.output.reserve(this.#overheadBytes + 2 * (to - from));
    buffer.set(head, offset);
    let end = this.#copyInstant(buffer, offset + head.length, instant);
    buffer.set(middle, end);
    end += middle.length;
    for (let index = from; index < to; index++) {
      const byte = bytes[index]!;
      if (byte < 0x20 || byte >= 0x80) return false;
      if (byte === QUOTE || byte === BACKSLASH) buffer[end++] = BACKSLASH;
      buffer[end++] = byte;
    }
    if (end - offset + this.#tail.length > this.options.limitBytes) return false;
    buffer.set(this.#tail, end);
    this.options.output.commit(end + this.#tail.length);
    this.onLine?.(stream, SEVERITIES[stream], bytes, from, to, instant);
    return true;
  }

  #copyInstant(buffer: Uint8Array, offset: number, instant: Instant): number {
    if (instant.seconds !== this.#second) {
      this.#second = instant.seconds;
      this.#secondText = this.#encoder.encode(formatInstant(instant).slice(0, 20));
    }
    buffer.set(this.#secondText, offset);
    const end = offset + this.#secondText.length + 9;
    let nanos = instant.nanos;
    for (let index = end - 1; index >= end - 9; index--) {
      buffer[index] = 0x30 + nanos % 10;
      nanos = Math.floor(nanos / 10);
    }
    return end;
  }

  #writeText(stream: Stream, text: string, unfinished: boolean, first: Instant): void {
    const partsOut = this.#partsOut[stream];
    const pieces = splitText(text, this.options.limitBytes - this.#overheadBytes);
    const total = unfinished ? null : partsOut + pieces.length;
    this.#partsOut[stream] = unfinished ? partsOut + pieces.length : 0;
    if (total === 1) {
      this.#append(stream, text, this.#recordData(text), first);
      return;
    }
    pieces.forEach((piece, index) => {
      const data = `{"part":${partsOut + index + 1},"parts":${total}}`;
      this.#append(stream, piece, data, index === 0 ? first : this.options.clock.following());
    });
  }

  /** A line that is a JSON object appears as such too, where that fits into the record. */
  #recordData(text: string): string {
    if (!text.startsWith("{") || !text.endsWith("}")) return "{}";
    try {
      JSON.parse(text);
    } catch {
      return "{}";
    }
    const bytes = this.#encoder.encode(JSON.stringify(text) + text).length;
    // As it was written, so that numbers keep all their digits.
    return bytes + this.#overheadBytes <= this.options.limitBytes ? `{"record":${text}}` : "{}";
  }

  #append(stream: Stream, message: string, data: string, instant: Instant): void {
    const severity = SEVERITIES[stream];
    this.options.output.append(
      `${this.options.prefix(severity)}{"timestamp":"${formatInstant(instant)}","severity":"${severity}",` +
        `"source":"docker_logs.${stream}","message":${JSON.stringify(message)},"data":${data},` +
        `"context":${this.options.context},"exception":null}\n`,
    );
    if (this.onLine === undefined) return;
    const bytes = this.#encoder.encode(message);
    this.onLine(stream, severity, bytes, 0, bytes.length, instant, data);
  }

  #template(stream: Stream): Template {
    const severity = SEVERITIES[stream];
    return {
      head: this.#encoder.encode(`${this.options.prefix(severity)}{"timestamp":"`),
      middle: this.#encoder.encode(
        `Z","severity":"${severity}","source":"docker_logs.${stream}","message":"`,
      ),
    };
  }
}
