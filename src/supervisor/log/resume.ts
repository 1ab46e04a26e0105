/**
 * Going on in the engine's log where the live stream, or an earlier reading of the log, has broken off.
 * In: the lines of the log, in order, with the engine's stamps. Out: which of them are out already, and where to
 * resume if this reading breaks off too.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { LastLines } from "./last_lines.ts";
import type { OutputLine, Streams } from "./output_lines.ts";

/** The last line of a stream that is out, as the engine's log has it. */
export interface ResumePoint {
  readonly stamp: Instant;
  /** How many lines of the stream bear this stamp, up to and with this line. */
  readonly count: number;
  /** Whether the log has to have this line: then lines are missing if it does not. */
  readonly isExpected: boolean;
}

/** Where to go on in the engine's log. */
export interface Resume {
  /** What the log has before this moment is not needed; undefined if all of it is. */
  readonly since: Instant | undefined;
  /** All lines up to these are out; undefined for a stream of which none is. */
  readonly points: Streams<ResumePoint | undefined>;
}

/** One reading of the engine's log. */
export interface LogReading {
  /** Whether the line is out already. To be asked of each line, once and in order. */
  isOut(stream: OutputStream, line: OutputLine): boolean;
  /** Where to resume; undefined if the log has to be read from the container's start again. */
  readonly resume: Resume | undefined;
}

/**
 * The engine stamps a line, and writes it to its log a moment later. So a line of the one stream may stand behind one
 * of the other that has a newer stamp, by as much as this; and engine 20.10 leaves out each line with a stamp older
 * than it is asked for, wherever it stands.
 */
const DISORDER_SECONDS = 1;

/** If the log is this far beyond the point of a stream, nothing of that stream from before its point is still to come. */
const LONGEST_DISORDER_SECONDS = 60;

/**
 * Of a log that goes back to the container's start: as many lines of each stream are out as there have been.
 * An engine that ended abruptly may not have logged the last of them: then another line stands in their place, and is
 * new.
 */
export class CountedReading implements LogReading {
  readonly #progress = new Progress({ since: undefined, points: { stdout: undefined, stderr: undefined } });
  /** How many lines are still to be passed that are out. */
  readonly #left: Streams<number>;

  constructor(readonly lastLines: LastLines) {
    this.#left = { stdout: lastLines.count("stdout"), stderr: lastLines.count("stderr") };
  }

  get resume(): Resume | undefined {
    return this.#left.stdout === 0 && this.#left.stderr === 0 ? this.#progress.resume(true) : undefined;
  }

  isOut(stream: OutputStream, line: OutputLine): boolean {
    this.#progress.note(stream, line);
    const left = this.#left[stream];
    if (left === 0) return false;
    if (line.unfinished) return true;
    const isOut = this.lastLines.matches(stream, this.lastLines.count(stream) - left, line) !== false;
    this.#left[stream] = isOut ? left - 1 : 0;
    return isOut;
  }
}

/** Of a log that is read from a `Resume`. Each stream is judged by itself: stamps rise within one, not across the two. */
export class StampedReading implements LogReading {
  readonly #progress: Progress;
  readonly #isPast: Streams<boolean>;
  /** How many lines have come with the stamp of the stream's point. */
  readonly #counts: Streams<number> = { stdout: 0, stderr: 0 };
  #hasGap = false;

  /** `onGap` is called, once at the most, when the log turns out not to have a line that it has to have. */
  constructor(readonly begin: Resume, readonly onGap: () => void) {
    this.#progress = new Progress(begin);
    const { stdout, stderr } = begin.points;
    this.#isPast = { stdout: stdout === undefined, stderr: stderr === undefined };
  }

  get resume(): Resume {
    return this.#progress.resume(this.#isPast.stdout && this.#isPast.stderr);
  }

  isOut(stream: OutputStream, line: OutputLine): boolean {
    const { stamp } = line;
    if (stamp !== undefined) this.#passOther(otherThan(stream), stamp);
    const isOut = !this.#isPast[stream] && this.#isUpTo(this.begin.points[stream]!, stream, line);
    if (!isOut) this.#progress.note(stream, line);
    return isOut;
  }

  #isUpTo({ stamp, count }: ResumePoint, stream: OutputStream, line: OutputLine): boolean {
    const order = line.stamp === undefined ? -1 : compareInstants(line.stamp, stamp);
    if (order < 0 || (order === 0 && line.unfinished)) return true;
    const isOut = order === 0 && ++this.#counts[stream] <= count;
    if (!isOut || this.#counts[stream] === count) this.#pass(stream);
    return isOut;
  }

  /** A stream that has no more lines does not come to its own point. */
  #passOther(other: OutputStream, { seconds }: Instant): void {
    const point = this.begin.points[other];
    if (this.#isPast[other] || point === undefined) return;
    if (seconds > point.stamp.seconds + LONGEST_DISORDER_SECONDS) this.#pass(other);
  }

  #pass(stream: OutputStream): void {
    this.#isPast[stream] = true;
    const { count, isExpected } = this.begin.points[stream]!;
    if (!isExpected || this.#counts[stream] >= count || this.#hasGap) return;
    this.#hasGap = true;
    this.onGap();
  }
}

/** How far a reading has come. */
class Progress {
  readonly #points: Streams<ResumePoint | undefined>;
  /** The stream of the last line. */
  #newest: OutputStream | undefined;

  constructor(readonly begin: Resume) {
    this.#points = { ...begin.points };
  }

  /** The line is out, and comes behind all that were noted before. */
  note(stream: OutputStream, { stamp, unfinished }: OutputLine): void {
    if (stamp === undefined || unfinished) return;
    const point = this.#points[stream];
    const isSame = point !== undefined && compareInstants(point.stamp, stamp) === 0;
    this.#points[stream] = { stamp, count: isSame ? point.count + 1 : 1, isExpected: true };
    this.#newest = stream;
  }

  /** `isCaughtUp`: whether the reading is past all lines that were out when it began. */
  resume(isCaughtUp: boolean): Resume {
    const points = { ...this.#points };
    const newest = this.#newest;
    if (!isCaughtUp || newest === undefined) return { since: this.begin.since, points };
    const { stamp } = points[newest]!;
    const earliest = { ...stamp, seconds: stamp.seconds - DISORDER_SECONDS };
    const other = otherThan(newest);
    const point = points[other];
    // It may be older than what is going to be read.
    points[other] = point && { ...point, isExpected: false };
    const [, since] = [earliest, point?.stamp ?? earliest, stamp].sort(compareInstants);
    return { since, points };
  }
}

function otherThan(stream: OutputStream): OutputStream {
  return stream === "stdout" ? "stderr" : "stdout";
}

/** Negative if `a` is earlier than `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}
