/**
 * Joins several lines to one record, for stack traces and the like: the config's `logs.multiline`.
 * In: lines; one that matches a pattern begins a record. Out: that line and those after it, up to the next one that
 * matches, joined by "\n"; each stream for itself. A record is held back until the next one of its stream begins, or
 * the stream is quiet.
 */
import type { Instant, Severity } from "./log_record.ts";
import { ByteBuffer } from "../host/byte_buffer.ts";
import type { OutputStream } from "../host/host.ts";
import { TimeLimitedMatch } from "../host/time_limited_match.ts";
import { isQuick } from "./quick_pattern.ts";
import { EPOCH, laterThan, secondsBetween } from "./rising_clock.ts";

/** A stream is quiet if no line has come for so long, or up to twice as long: a timer looks, not every line. */
const QUIET_MS = 50;
/** A record that would grow beyond one of these ends, and another one begins. */
const LIMIT_LINES = 1000;
const LIMIT_BYTES = 256 * 1024;
/** The pattern is tried on the beginning of a line only. */
const MATCHED_BYTES = 4096;
/** A pattern that has needed longer than this for so many lines is given up: the container may write them on purpose. */
const MATCH_LIMIT_MS = 250;
const LIMIT_SLOW_MATCHES = 3;
const INITIAL_BYTES = 4096;
/** The engine's stamp of a line may be earlier than the moment at which the one before was read, but not by so much. */
const SET_BACK_SECONDS = 120;
const LINE_BREAK = new TextEncoder().encode("\n");

/** A line, or several that are joined: `bytes[from, to)` of a buffer. */
export interface JoinedLine {
  readonly severity: Severity;
  readonly from: number;
  readonly to: number;
  readonly instant: Instant;
}

export interface LineJoinerOptions {
  /** A line that matches begins a record. */
  readonly pattern: RegExp;
  /** Writes a record; yields its stamp, or that of its last part if it is split. The bytes are valid during the call. */
  readonly onRecord: (stream: OutputStream, bytes: Uint8Array, line: JoinedLine) => Instant;
  /** Called once, when the pattern is given up: from then on each line is a record. */
  readonly onGivenUp: () => void;
  /** Called when records have been written because their stream is quiet. */
  readonly onQuiet: () => void;
  /** Whether the output is stalled: then no lines are read, and a stream that seems quiet need not be. */
  readonly isStalled: () => boolean;
}

interface Held {
  readonly text: ByteBuffer;
  lines: number;
  severity: Severity;
  /** Of its first line. */
  instant: Instant;
  /** Whether the timer has fired since the last line was added. */
  seen: boolean;
}

const STREAMS: readonly OutputStream[] = ["stdout", "stderr"];

export class LineJoiner {
  readonly #decoder = new TextDecoder();
  readonly #held: Readonly<Record<OutputStream, Held>> = { stdout: nothing(), stderr: nothing() };
  readonly #pattern: Pick<TimeLimitedMatch, "test">;
  #slowMatches = 0;
  #lastStamp = EPOCH;
  /** Of the line that came last. */
  #lastInstant = EPOCH;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: LineJoinerOptions) {
    const { pattern } = options;
    // A limit costs several microseconds a line.
    this.#pattern = isQuick(pattern) ? pattern : new TimeLimitedMatch(pattern, MATCH_LIMIT_MS);
  }

  /** How many lines of the stream are held back. */
  heldLines(stream: OutputStream): number {
    return this.#held[stream].lines;
  }

  /** Takes a whole line. */
  add(stream: OutputStream, bytes: Uint8Array, line: JoinedLine): void {
    const { severity, from, to, instant } = line;
    // What was written at times that have yet to come again is no measure any more.
    if (secondsBetween(instant, this.#lastInstant) > SET_BACK_SECONDS) {
      for (const one of STREAMS) this.release(one);
      this.#lastStamp = EPOCH;
    }
    this.#lastInstant = instant;
    const held = this.#held[stream];
    const fits = held.lines < LIMIT_LINES && held.text.length + to - from < LIMIT_BYTES;
    if (held.lines > 0 && (!fits || this.#begins(bytes, from, to))) this.release(stream);
    if (to - from >= LIMIT_BYTES) return this.#hand(stream, bytes, line);
    if (held.lines === 0) Object.assign(held, { severity, instant });
    else held.text.append(LINE_BREAK, 0, 1);
    held.text.append(bytes, from, to);
    held.lines++;
    held.seen = false;
    this.#timer ??= setTimeout(() => this.#lookForQuiet(), QUIET_MS);
  }

  /** Writes what is held back of the stream. */
  release(stream: OutputStream): void {
    const held = this.#held[stream];
    if (held.lines === 0) return;
    const { text, severity, instant } = held;
    held.lines = 0;
    this.#hand(stream, text.bytes, { severity, from: 0, to: text.length, instant });
    text.clear(INITIAL_BYTES);
  }

  /** Writes all that is held back, and stops the timer. */
  end(): void {
    for (const stream of STREAMS) this.release(stream);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begins(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#slowMatches === LIMIT_SLOW_MATCHES) return true;
    const text = this.#decoder.decode(bytes.subarray(from, Math.min(to, from + MATCHED_BYTES)));
    const matches = this.#pattern.test(text);
    if (matches !== undefined) return matches;
    this.#slowMatches++;
    if (this.#slowMatches === LIMIT_SLOW_MATCHES) this.options.onGivenUp();
    return true;
  }

  /** A record has the stamp of its first line, or a later one: the other stream may have written newer ones already. */
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
  return { text: new ByteBuffer(INITIAL_BYTES), lines: 0, severity: "info", instant: EPOCH, seen: false };
}
