/**
 * Several lines → one record: stack traces, and whatever else is written over many lines.
 * In: lines, of which those that match a pattern begin a record. Out: what was begun, with the lines up to the next one
 * that matches, joined by "\n"; each stream for itself. What is held back is handed over when its stream is quiet.
 */
import type { Instant, Severity } from "./log_record.ts";
import { ByteBuffer } from "../host/byte_buffer.ts";
import type { OutputStream } from "../host/host.ts";

/** Since the last line of the stream; up to twice that, since the clock is not looked at for every line. */
const QUIET_MS = 50;
/** A record that would grow beyond these is handed over as it is; a new one begins. */
const LIMIT_LINES = 1000;
const LIMIT_BYTES = 256 * 1024;
/** How much of a line the pattern gets to see. */
const MATCHED_BYTES = 4096;
const INITIAL_BYTES = 4096;
const LINE_BREAK = new TextEncoder().encode("\n");

export interface JoinedLine {
  readonly severity: Severity;
  readonly from: number;
  readonly to: number;
  readonly instant: Instant;
}

export interface LineJoinerOptions {
  /** A line that matches begins a record. */
  readonly pattern: RegExp;
  /** Writes a record; yields its stamp, of several the last. The bytes are valid during the call only. */
  readonly onRecord: (stream: OutputStream, bytes: Uint8Array, line: JoinedLine) => Instant;
  /** Called after records that a quiet time has ended. */
  readonly onQuiet: () => void;
  /** While the output stalls no lines come, which does not mean that there are none. */
  readonly isStalled: () => boolean;
}

interface Held {
  readonly text: ByteBuffer;
  lines: number;
  severity: Severity;
  /** Of its first line. */
  instant: Instant;
  /** Whether the timer has seen it as it is. */
  seen: boolean;
}

const STREAMS: readonly OutputStream[] = ["stdout", "stderr"];

export class LineJoiner {
  readonly #decoder = new TextDecoder();
  readonly #held: Readonly<Record<OutputStream, Held>> = { stdout: nothing(), stderr: nothing() };
  #lastStamp: Instant = { seconds: 0, nanos: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: LineJoinerOptions) {}

  /** How many lines of the stream are held back. */
  heldLines(stream: OutputStream): number {
    return this.#held[stream].lines;
  }

  add(stream: OutputStream, bytes: Uint8Array, line: JoinedLine): void {
    const { severity, from, to, instant } = line;
    const held = this.#held[stream];
    const fits = held.lines < LIMIT_LINES && held.text.length + to - from < LIMIT_BYTES;
    if (held.lines > 0 && (!fits || this.#begins(bytes, from, to))) this.release(stream);
    if (to - from >= LIMIT_BYTES) return this.#hand(stream, bytes, line);
    if (held.lines === 0) Object.assign(held, { severity, instant });
    append(held, bytes, from, to);
    this.#timer ??= setTimeout(() => this.#lookForQuiet(), QUIET_MS);
  }

  /** Hands over what is held back of the stream. */
  release(stream: OutputStream): void {
    const held = this.#held[stream];
    if (held.lines === 0) return;
    const { text, severity, instant } = held;
    held.lines = 0;
    this.#hand(stream, text.bytes, { severity, from: 0, to: text.length, instant });
    text.clear(INITIAL_BYTES);
  }

  /** Hands everything over; needs a timer no longer. */
  end(): void {
    for (const stream of STREAMS) this.release(stream);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begins(bytes: Uint8Array, from: number, to: number): boolean {
    const text = this.#decoder.decode(bytes.subarray(from, Math.min(to, from + MATCHED_BYTES)));
    return this.options.pattern.test(text);
  }

  /** Records of the other stream that began later may be out before: the stamps rise all the same. */
  #hand(stream: OutputStream, bytes: Uint8Array, line: JoinedLine): void {
    const instant = later(line.instant, this.#lastStamp);
    this.#lastStamp = this.options.onRecord(stream, bytes, { ...line, instant });
  }

  #lookForQuiet(): void {
    const held = STREAMS.filter((stream) => this.heldLines(stream) > 0);
    const quiet = this.options.isStalled() ? [] : held.filter((stream) => this.#held[stream].seen);
    for (const stream of quiet) this.release(stream);
    for (const stream of held) this.#held[stream].seen = true;
    this.#timer = held.length === quiet.length ? undefined : setTimeout(() => this.#lookForQuiet(), QUIET_MS);
    if (quiet.length > 0) this.options.onQuiet();
  }
}

function nothing(): Held {
  return {
    text: new ByteBuffer(INITIAL_BYTES),
    lines: 0,
    severity: "info",
    instant: { seconds: 0, nanos: 0 },
    seen: false,
  };
}

function append(held: Held, bytes: Uint8Array, from: number, to: number): void {
  if (held.lines > 0) held.text.append(LINE_BREAK, 0, 1);
  held.text.append(bytes, from, to);
  held.lines++;
  held.seen = false;
}

/** The instant, or the first one after `last` if it is not later. */
function later(instant: Instant, last: Instant): Instant {
  const { seconds, nanos } = last;
  if (instant.seconds > seconds || (instant.seconds === seconds && instant.nanos > nanos)) return instant;
  return nanos === 999_999_999 ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos: nanos + 1 };
}
