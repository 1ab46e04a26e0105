/**
 * Which lines of the engine's log are out already.
 * In: the lines as the log has them. Out: yes or no, until the first one that is not; from there on all are new.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { LastLines } from "./last_lines.ts";
import { compareInstants, type LogPlaces, type LogStart } from "./log_place.ts";
import type { OutputLine, Streams } from "./output_lines.ts";

export interface LogSkip {
  /** To be asked of each line, once and in order. */
  isOut(stream: OutputStream, line: OutputLine): boolean;
  /** Whether the lines that are out have all been passed. */
  readonly isDone: boolean;
}

/**
 * By count, in a log that goes back to the container's start: as many of each stream as there have been.
 * An engine that ended abruptly may have lost the last of them in its log: then the one that stands in their place is new.
 */
export class CountSkip implements LogSkip {
  readonly #left: Streams<number>;
  readonly #counts: Streams<number>;

  constructor(readonly lastLines: LastLines) {
    this.#counts = { stdout: lastLines.count("stdout"), stderr: lastLines.count("stderr") };
    this.#left = { ...this.#counts };
  }

  get isDone(): boolean {
    return this.#left.stdout === 0 && this.#left.stderr === 0;
  }

  isOut(stream: OutputStream, line: OutputLine): boolean {
    if (this.#left[stream] === 0) return false;
    if (line.unfinished) return true;
    const index = this.#counts[stream] - this.#left[stream];
    if (this.lastLines.matches(stream, index, line) === false) {
      this.#left[stream] = 0;
      return false;
    }
    this.#left[stream]--;
    return true;
  }
}

/** The two streams are written to the log a moment apart, but not more: what is that much later is behind it. */
const DISORDER_SECONDS = 60;

/** By the engine's stamps, each stream on its own: they rise within a stream, but not across the two. */
export class StampSkip implements LogSkip {
  readonly #places: LogPlaces;
  readonly #passed: Streams<boolean>;
  readonly #seen: Streams<number> = { stdout: 0, stderr: 0 };
  #hasGap = false;

  /** `onGap` is called, once at the most, when the log turns out not to have a line that it has to have. */
  constructor({ places }: LogStart, readonly onGap: () => void) {
    this.#places = places;
    this.#passed = { stdout: places.stdout === undefined, stderr: places.stderr === undefined };
  }

  get isDone(): boolean {
    return this.#passed.stdout && this.#passed.stderr;
  }

  isOut(stream: OutputStream, { stamp, unfinished }: OutputLine): boolean {
    if (stamp !== undefined) this.#passOther(stream === "stdout" ? "stderr" : "stdout", stamp);
    const place = this.#places[stream];
    if (this.#passed[stream] || place === undefined) return false;
    const distance = stamp === undefined ? -1 : compareInstants(stamp, place.stamp);
    if (distance < 0 || (distance === 0 && unfinished)) return true;
    const isOut = distance === 0 && ++this.#seen[stream] <= place.count;
    if (!isOut || this.#seen[stream] === place.count) this.#pass(stream);
    return isOut;
  }

  /** A stream that has no more lines does not get to its own place. */
  #passOther(other: OutputStream, stamp: Instant): void {
    const place = this.#places[other];
    if (this.#passed[other] || place === undefined) return;
    if (stamp.seconds > place.stamp.seconds + DISORDER_SECONDS) this.#pass(other);
  }

  #pass(stream: OutputStream): void {
    this.#passed[stream] = true;
    const { count, isExpected } = this.#places[stream]!;
    if (!isExpected || this.#seen[stream] >= count || this.#hasGap) return;
    this.#hasGap = true;
    this.onGap();
  }
}
