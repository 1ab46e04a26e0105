/**
 * The container's lines as records: the hot path of the program.
 * In: lines as bytes. Out: records in the output queue. The bytes of a line are copied without decoding them, unless
 * they are not UTF-8, are too many for one record, or look like a JSON object, which may say how severe the line is.
 */
import { copyAsJson, LONGEST_ESCAPE_BYTES, readableJson, toJson } from "./json_bytes.ts";
import { type JoinedLine, LineJoiner } from "./line_joiner.ts";
import { LEVEL_PREFIX_BYTES, prefixedSeverity, readObjectLine } from "./line_meaning.ts";
import type { Instant, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";
import type { OutputQueue } from "./output_queue.ts";
import { RecordHead } from "./record_head.ts";
import type { LineListener } from "./record_sink.ts";
import { formatInstant, type RisingClock } from "./rising_clock.ts";
import { splitText } from "./split_text.ts";

/** What becomes of a line: the config's section `logs`. */
export interface LogOptions {
  /**
   * What becomes of a line that is a JSON object. Undefined: it appears as `data.record` too, and its level is the
   * severity. "nested": the same, and its message is the record's message. "text": it is a line like any other.
   */
  readonly json: "nested" | "text" | undefined;
  /** The severity of a line that does not state its own. */
  readonly severity: Readonly<Record<OutputStream, Severity>>;
  /** A line that matches begins a record, others are joined to the one before. Undefined: each line is a record. */
  readonly multiline: RegExp | undefined;
  /** Whether `<N>` at the beginning of a line is its severity. */
  readonly syslogLevelPrefix: boolean;
}

export interface LineRecordsOptions {
  readonly output: OutputQueue;
  /** Is counted on with each line; bytes without line breaks. */
  readonly written: { lines: number; bytes: number };
  readonly clock: RisingClock;
  /** What a line of the output begins with: the priority for the journal, or nothing. */
  readonly prefix: (severity: Severity) => string;
  /** The `context` object as JSON. */
  readonly context: string;
  /** What each record has in its data before all else: members of an object of JSON, e.g. `"task":"web.2"`, or nothing. */
  readonly data: string;
  /** Of a record, without its line break. */
  readonly limitBytes: number;
  /** Called for every record. */
  readonly onLine?: LineListener;
  /** Called when lines are not joined any more, since `logs.multiline` takes too long for them. */
  readonly onPatternGivenUp: () => void;
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const SPACE = 0x20;

/** Writes the lines of one container. */
export class LineRecords {
  /** Called when lines that were held back have been written because no more have come. */
  onReleased: () => void = () => {};
  #logs: LogOptions;
  #joiner: LineJoiner | undefined;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #heads: Readonly<Record<OutputStream, Partial<Record<Severity, RecordHead>>>> = {
    stdout: {},
    stderr: {},
  };
  /** What follows the message of a line that is no JSON object, and what surrounds the object of one that is. */
  readonly #tail: Uint8Array;
  readonly #beforeObject: Uint8Array;
  readonly #afterObject: Uint8Array;
  readonly #overheadBytes: number;
  /** How many parts of a stream's unfinished line are written, and the severity that they have. */
  readonly #partsOut: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  readonly #partsSeverity: Record<OutputStream, Severity> = { stdout: "info", stderr: "info" };

  constructor(readonly options: LineRecordsOptions, logs: LogOptions) {
    const ending = `},"context":${options.context},"exception":null}\n`;
    this.#tail = this.#encoder.encode(`","data":{${options.data}${ending}`);
    this.#beforeObject = this.#encoder.encode(`","data":{${options.data && `${options.data},`}"record":`);
    this.#afterObject = this.#encoder.encode(ending);
    // With the longest name of a severity, and 64 bytes for "part" and "parts" and their numbers.
    this.#overheadBytes = this.#head("stderr", "notice").length + this.#tail.length + 64;
    this.#logs = logs;
    this.configure(logs);
  }

  /** Other options count from the next line on; what is held back is written before. */
  configure(logs: LogOptions): void {
    this.end();
    this.#logs = logs;
    const { output } = this.options;
    this.#joiner = logs.multiline && new LineJoiner({
      pattern: logs.multiline,
      onGivenUp: this.options.onPatternGivenUp,
      onRecord: (stream, bytes, line) => this.#writeWhole(stream, bytes, line),
      onQuiet: () => this.onReleased(),
      isStalled: () => output.waitingBytes > 0,
    });
  }

  /** How many of the stream's lines are held back, to be joined with others. */
  heldLines(stream: OutputStream): number {
    return this.#joiner === undefined ? 0 : this.#joiner.heldLines(stream);
  }

  /** Writes what is held back; more lines may follow. */
  end(): void {
    this.#joiner?.end();
  }

  /**
   * Writes `bytes[from, to)`, a line without its line break, as one record, or as several if it is too long.
   * `unfinished`: more of the same line is going to follow in another call.
   */
  write(stream: OutputStream, bytes: Uint8Array, { from, to, unfinished, instant }: {
    readonly from: number;
    readonly to: number;
    readonly unfinished: boolean;
    readonly instant: Instant;
  }): void {
    const { written } = this.options;
    written.bytes += to - from;
    if (!unfinished) written.lines++;
    if (this.#partsOut[stream] > 0) {
      const text = this.#decoder.decode(bytes.subarray(from, to));
      this.#writeParts(stream, text, { severity: this.#partsSeverity[stream], unfinished, instant });
      return;
    }
    const said = this.#logs.syslogLevelPrefix ? prefixedSeverity(bytes, from, to) : undefined;
    const line = {
      severity: said ?? this.#logs.severity[stream],
      from: said === undefined ? from : from + LEVEL_PREFIX_BYTES,
      to,
      instant,
    };
    if (unfinished) {
      this.#joiner?.release(stream);
      const text = this.#decoder.decode(bytes.subarray(line.from, to));
      this.#writeParts(stream, text, { ...line, unfinished });
    } else if (this.#joiner === undefined) {
      this.#writeWhole(stream, bytes, line);
    } else {
      this.#joiner.add(stream, bytes, line);
    }
  }

  /** Yields the stamp of the record, or of its last part. */
  #writeWhole(stream: OutputStream, bytes: Uint8Array, line: JoinedLine): Instant {
    const { from, to } = line;
    if (bytes[from] === OPENING_BRACE && bytes[to - 1] === CLOSING_BRACE && this.#logs.json !== "text") {
      return this.#writeObject(stream, bytes, line);
    }
    if (this.#copy(stream, bytes, line, false)) return line.instant;
    const text = this.#decoder.decode(bytes.subarray(from, to));
    return this.#writeParts(stream, text, { ...line, unfinished: false });
  }

  /** Writes a line that looks like a JSON object: as one if it is one and the record has room for it, else as text. */
  #writeObject(stream: OutputStream, bytes: Uint8Array, line: JoinedLine): Instant {
    const text = this.#decoder.decode(bytes.subarray(line.from, line.to));
    const object = readObjectLine(text);
    const meant = { ...line, severity: object?.severity ?? line.severity };
    if (object !== undefined) {
      const message = this.#logs.json === "nested" ? object.message : undefined;
      // The text itself: to parse it would cost long numbers their last digits.
      const readable = readableJson(text);
      if (message === undefined && readable === text && this.#copy(stream, bytes, meant, true)) {
        return line.instant;
      }
      const data = `"record":${readable.replace(/[\t\n\r]/g, " ")}`;
      const size = this.#encoder.encode(toJson(message ?? text) + data).length;
      if (size + this.#overheadBytes <= this.options.limitBytes) {
        this.#append(stream, message ?? text, data, meant);
        return line.instant;
      }
    }
    if (this.#copy(stream, bytes, meant, false)) return line.instant;
    return this.#writeParts(stream, text, { ...meant, unfinished: false });
  }

  /**
   * Writes a line as one record, without decoding it. False, with nothing written, if its bytes are not UTF-8 or too
   * many. `asObject`: it becomes `data.record` too.
   */
  #copy(stream: OutputStream, bytes: Uint8Array, line: JoinedLine, asObject: boolean): boolean {
    const { severity, from, to, instant } = line;
    const length = to - from;
    const { limitBytes, output } = this.options;
    if (length + this.#overheadBytes > limitBytes) return false;
    const { buffer, offset } = output.reserve(this.#overheadBytes + (LONGEST_ESCAPE_BYTES + 1) * length);
    const messageStart = this.#head(stream, severity).copyTo(buffer, offset, instant);
    let end = copyAsJson(bytes, from, to, buffer, messageStart);
    if (end === -1) return false;
    let tail = this.#tail;
    if (asObject) {
      buffer.set(this.#beforeObject, end);
      end += this.#beforeObject.length;
      // Outside of texts, JSON has line breaks and tabs as blanks.
      for (let at = from; at < to; at++) buffer[end++] = bytes[at]! < SPACE ? SPACE : bytes[at]!;
      tail = this.#afterObject;
    }
    if (end - offset + tail.length > limitBytes) return false;
    buffer.set(tail, end);
    output.commit(end + tail.length);
    this.options.onLine?.(stream, severity, bytes, from, to, instant);
    return true;
  }

  /** Writes a text as one record, or as several numbered ones; yields the stamp of the last. */
  #writeParts(stream: OutputStream, text: string, { severity, unfinished, instant }: {
    readonly severity: Severity;
    readonly unfinished: boolean;
    readonly instant: Instant;
  }): Instant {
    const partsOut = this.#partsOut[stream];
    const pieces = splitText(text, this.options.limitBytes - this.#overheadBytes);
    const total = unfinished ? null : partsOut + pieces.length;
    this.#partsOut[stream] = unfinished ? partsOut + pieces.length : 0;
    this.#partsSeverity[stream] = severity;
    let last = instant;
    pieces.forEach((piece, index) => {
      const data = total === 1 ? "" : `"part":${partsOut + index + 1},"parts":${total}`;
      if (index > 0) last = this.options.clock.following();
      this.#append(stream, piece, data, { severity, instant: last });
    });
    return last;
  }

  #append(
    stream: OutputStream,
    message: string,
    data: string,
    { severity, instant }: { readonly severity: Severity; readonly instant: Instant },
  ): void {
    const members = [this.options.data, data].filter(Boolean).join(",");
    this.options.output.append(
      `${this.options.prefix(severity)}{"timestamp":"${formatInstant(instant)}","severity":"${severity}",` +
        `"source":"docker_logs.${stream}","message":${toJson(message)},"data":{${members}},` +
        `"context":${this.options.context},"exception":null}\n`,
    );
    if (this.options.onLine === undefined) return;
    const bytes = this.#encoder.encode(message);
    this.options.onLine(stream, severity, bytes, 0, bytes.length, instant, `{${data}}`);
  }

  #head(stream: OutputStream, severity: Severity): RecordHead {
    return this.#heads[stream][severity] ??= new RecordHead(this.options.prefix(severity), stream, severity);
  }
}
