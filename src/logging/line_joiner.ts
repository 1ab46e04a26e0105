/**
 * Several lines → one record: stack traces, and whatever else is written over many lines.
 * In: lines, of which those that match a pattern begin a record. Out: what was begun, with the lines up to the next one
 * that matches, joined by "\n"; each stream for itself. What is held back is handed over when its stream is quiet.
 */
import type { Instant, Severity } from "./log_record.ts";
import type { OutputStream } from "../host/host.ts";
import { laterThan } from "./rising_clock.ts";

/** Since the last line of the stream; up to twice that, since the clock is not looked at for every line. */
const QUIET_MS = 50;
/** A record that would grow beyond these is handed over as it is; a new one begins. */
const LIMIT_LINES = 1000;
const LIMIT_BYTES = 256 * 1024;
/** How much of a line the pattern gets to see. */
const MATCHED_BYTES = 4096;
const INITIAL_BYTES = 4096;
const LINE_FEED = 0x0a;

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
  bytes: Uint8Array;
  length: number;
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
    const fits = held.lines < LIMIT_LINES && held.length + to - from < LIMIT_BYTES;
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
    const { severity, length, instant } = held;
    held.lines = 0;
    held.length = 0;
    this.#hand(stream, held.bytes, { severity, from: 0, to: length, instant });
    if (held.bytes.length > INITIAL_BYTES) held.bytes = new Uint8Array(INITIAL_BYTES);
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
    const instant = laterThan(this.#lastStamp, line.instant);
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
    bytes: new Uint8Array(INITIAL_BYTES),
    length: 0,
    lines: 0,
    severity: "info",
    instant: { seconds: 0, nanos: 0 },
    seen: false,
  };
}

function append(held: Held, bytes: Uint8Array, from: number, to: number): void {
  const needed = held.length + 1 + to - from;
  if (needed > held.bytes.length) {
    const larger = new Uint8Array(Math.max(needed, 2 * held.bytes.length));
    larger.set(held.bytes.subarray(0, held.length));
    held.bytes = larger;
  }
  if (held.lines > 0) held.bytes[held.length++] = LINE_FEED;
  held.bytes.set(bytes.subarray(from, to), held.length);
  held.length += to - from;
  held.lines++;
  held.seen = false;
}
