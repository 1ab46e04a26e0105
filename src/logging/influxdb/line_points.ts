/**
 * The container's lines as points: the hot path, built as bytes, since a `Point` per line takes longer than all the
 * rest of the pump. Out, e.g.
 * `docker_logs.stdout,host=h,service=web,severity=info,stream=stdout message="text" 1795361658000000001`
 */
import type { Instant, Severity } from "../log_record.ts";
import type { OutputStream } from "../../host/host.ts";
import type { BatchBuffer } from "./batch.ts";

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const NANOS_PER_SECOND = 1_000_000_000;
/** Quote, space, seconds, nanoseconds, line break, with room to spare. */
const TAIL_BYTES = 32;

/** The stamp of the last point of a stream. */
interface Stamp {
  seconds: number;
  nanos: number;
}

export class LinePoints {
  readonly #heads = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #last: Readonly<Record<OutputStream, Stamp>> = {
    stdout: { seconds: 0, nanos: 0 },
    stderr: { seconds: 0, nanos: 0 },
  };
  #headStream: OutputStream | undefined;
  #headSeverity: Severity | undefined;
  #head = new Uint8Array(0);
  #second = -1;
  #secondText = new Uint8Array(0);

  /** `head`: of a stream and a severity, measurement and tags. */
  constructor(
    readonly buffer: BatchBuffer,
    readonly head: (stream: OutputStream, severity: Severity) => string,
  ) {}

  /** A LineListener, but for the last argument: further fields in line protocol, e.g. `,part=1`. */
  write(
    stream: OutputStream,
    severity: Severity,
    bytes: Uint8Array,
    from: number,
    to: number,
    instant: Instant,
    fields = "",
  ): void {
    if (stream !== this.#headStream || severity !== this.#headSeverity) this.#chooseHead(stream, severity);
    const head = this.#head;
    // A line break takes three bytes.
    const target = this.buffer.reserve(head.length + 3 * (to - from) + 3 * fields.length + TAIL_BYTES);
    let end = this.buffer.length;
    target.set(head, end);
    end = copyText(target, end + head.length, bytes, from, to);
    target[end++] = QUOTE;
    if (fields !== "") end += new TextEncoder().encodeInto(fields, target.subarray(end)).written;
    target[end++] = SPACE;
    end = this.#copyStamp(target, end, this.#distinct(stream, instant));
    target[end++] = NEWLINE;
    this.buffer.commit(end);
  }

  /** The stamps of the engine's log may repeat, and two points of one stamp would be one. */
  #distinct(stream: OutputStream, { seconds, nanos }: Instant): Stamp {
    const last = this.#last[stream];
    if (seconds > last.seconds || (seconds === last.seconds && nanos > last.nanos)) {
      last.seconds = seconds;
      last.nanos = nanos;
    } else if (++last.nanos === NANOS_PER_SECOND) {
      last.nanos = 0;
      last.seconds++;
    }
    return last;
  }

  #chooseHead(stream: OutputStream, severity: Severity): void {
    const key = `${stream} ${severity}`;
    let head = this.#heads.get(key);
    if (head === undefined) {
      head = new TextEncoder().encode(`${this.head(stream, severity)} message="`);
      this.#heads.set(key, head);
    }
    this.#head = head;
    this.#headStream = stream;
    this.#headSeverity = severity;
  }

  #copyStamp(target: Uint8Array, offset: number, { seconds, nanos }: Stamp): number {
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#secondText = new TextEncoder().encode(String(seconds));
    }
    target.set(this.#secondText, offset);
    const end = offset + this.#secondText.length + 9;
    let rest = nanos;
    for (let index = end - 1; index >= end - 9; index--) {
      target[index] = 0x30 + rest % 10;
      rest = Math.floor(rest / 10);
    }
    return end;
  }
}

/** Between the quotes of a string field; yields where the text ends. A line break becomes the two characters `\n`. */
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
