/**
 * A container's lines as points of InfluxDB's line protocol. Written byte by byte, since to make a `Point` object of
 * every line takes longer than all else that is done with the line. A line becomes for example
 * `docker_logs.stdout,host=h,service=web,severity=info,stream=stdout message="text" 1795361658000000001`
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant, Severity } from "../log_record.ts";
import type { LineListener } from "../record_sink.ts";
import { EPOCH, laterThan, writeNanos } from "../rising_clock.ts";
import type { BatchBuffer } from "./batch.ts";

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
/** Quote, space, seconds, nanoseconds and line break take less. */
const TAIL_BYTES = 32;

/** Writes lines into the batch that is being filled. */
export class LinePoints {
  readonly #heads: Readonly<Record<OutputStream, Partial<Record<Severity, Uint8Array>>>> = {
    stdout: {},
    stderr: {},
  };
  readonly #lastStamps: Record<OutputStream, Instant> = { stdout: EPOCH, stderr: EPOCH };
  /** The seconds of the last stamp, as a number and as text: most lines follow within the same second. */
  #seconds = -1;
  #secondsText = new Uint8Array(0);

  /** `head`: measurement and tags of a line, e.g. `docker_logs.stdout,host=h,…,stream=stdout`. */
  constructor(
    readonly buffer: BatchBuffer,
    readonly head: (stream: OutputStream, severity: Severity) => string,
  ) {}

  /** Of `data` only the numbers of a line's parts become fields. */
  readonly write: LineListener = (stream, severity, bytes, from, to, instant, data) => {
    const head = this.#heads[stream][severity] ??= new TextEncoder().encode(
      `${this.head(stream, severity)} message="`,
    );
    const fields = data === undefined ? "" : partFields(data);
    // A line break in the text takes three bytes.
    const target = this.buffer.reserve(head.length + 3 * (to - from) + fields.length + TAIL_BYTES);
    let end = this.buffer.length;
    target.set(head, end);
    end = copyText(target, end + head.length, bytes, from, to);
    target[end++] = QUOTE;
    if (fields !== "") end += new TextEncoder().encodeInto(fields, target.subarray(end)).written;
    target[end++] = SPACE;
    // The engine's stamps may repeat, and InfluxDB would take two points of one stamp for one.
    this.#lastStamps[stream] = laterThan(this.#lastStamps[stream], instant);
    end = this.#copyStamp(target, end, this.#lastStamps[stream]);
    target[end++] = NEWLINE;
    this.buffer.commit(end);
  };

  #copyStamp(target: Uint8Array, offset: number, { seconds, nanos }: Instant): number {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#secondsText = new TextEncoder().encode(String(seconds));
    }
    target.set(this.#secondsText, offset);
    return writeNanos(nanos, target, offset + this.#secondsText.length);
  }
}

/** `{"part":1,"parts":3}` → `,part=1,parts=3`; nothing where the data is a JSON object of the container's. */
function partFields(data: string): string {
  const [, part, parts] = /^\{"part":(\d+),"parts":(\d+|null)\}$/.exec(data) ?? [];
  if (part === undefined) return "";
  return parts === "null" ? `,part=${part}` : `,part=${part},parts=${parts}`;
}

/** Copies `bytes[from, to)` as a string field's text, a line break as the two characters `\n`; yields where it ends. */
function copyText(target: Uint8Array, offset: number, bytes: Uint8Array, from: number, to: number): number {
  let end = offset;
  for (let index = from; index < to; index++) {
    const byte = bytes[index]!;
    if (byte === QUOTE || byte === BACKSLASH) target[end++] = BACKSLASH;
    if (byte === NEWLINE) {
      target[end++] = BACKSLASH;
      target[end++] = BACKSLASH;
      target[end++] = LETTER_N;
    } else {
      target[end++] = byte;
    }
  }
  return end;
}
