/**
 * One output stream of one task: pieces of its log → lines, each handed over once.
 * In: pieces, of one reading of the log after the other; what a reading brings may have come before. Out: lines that are
 * not out yet, and where the last of them is.
 */
import type { Instant } from "../../logging/log_record.ts";
import { keepLine, type KeptLine, readsLike } from "../../supervisor/log/last_lines.ts";
import { LineSplitter } from "../../supervisor/log/line_splitter.ts";
import { compareInstants } from "../../supervisor/log/resume.ts";

/** A longer line is handed over in pieces. */
const LINE_LIMIT_BYTES = 1024 * 1024;

const LONGEST_WORDS_BYTES = 1024;

/** The last line that is out. */
export interface LinePoint {
  readonly stamp: Instant;
  /** How many lines of the stream bear this stamp, up to and with this line. */
  readonly count: number;
}

/** Up to where a stream is out. */
export interface StreamPosition {
  /** Undefined if no line is. */
  readonly point: LinePoint | undefined;
  /** The stamp of a line that has begun to come; all its pieces bear it. */
  readonly open: Instant | undefined;
}

/** A line, or a piece of one that is too long: `bytes[from, to)`, valid during the call that hands it over. */
export interface TaskLine {
  readonly from: number;
  readonly to: number;
  /** Whether another piece of the same line follows. */
  readonly unfinished: boolean;
  /** The engine's stamp. */
  readonly instant: Instant;
  /** The last line before this one. */
  readonly before: LinePoint | undefined;
}

type Cut = Pick<TaskLine, "from" | "to" | "unfinished">;

export interface TaskStreamOptions {
  /** Whether lines end as a terminal ends them. */
  readonly terminal: boolean;
  /** Up to where an earlier process has written it. */
  readonly position: StreamPosition;
  readonly onLine: (bytes: Uint8Array, line: TaskLine) => void;
  /** Called when a reading turns out not to have a line that it has to have. */
  readonly onGap: () => void;
}

export class TaskStream {
  #splitter: LineSplitter;
  /** Of the line whose end has not come. */
  #stamp: Instant | undefined;
  #point: LinePoint | undefined;
  /** Of a line that has begun to come, in this reading or one before. */
  #open: Instant | undefined;
  #reading: Reading;
  /** How many pieces are out of a line that is too long to be handed over whole. */
  #piecesOut = 0;
  /** How many of them this reading is still going to bring. */
  #piecesToSkip = 0;

  constructor(readonly options: TaskStreamOptions) {
    this.#point = options.position.point;
    this.#open = options.position.open;
    this.#splitter = this.#newSplitter();
    this.#reading = new Reading(this.#point, false);
  }

  get position(): StreamPosition {
    return { point: this.#point, open: this.#open };
  }

  /** Pieces of another reading follow, which has all lines from `since` on; undefined: all there are. */
  begin(since: Instant | undefined): void {
    const point = this.#point;
    this.#beginAgain(
      since === undefined || (point !== undefined && compareInstants(point.stamp, since) >= 0),
    );
  }

  /**
   * Takes `bytes[from, to)`; `stamp` is set with the beginning of each piece that the log has.
   * @throws Error with the engine's words, which have no stamp
   */
  push(bytes: Uint8Array, from: number, to: number, stamp: Instant | undefined): void {
    if (stamp !== undefined) this.#beginPiece(stamp);
    this.#splitter.push(bytes, from, to);
  }

  /** The task has ended: hands over a last line without a line break. */
  end(): void {
    if (this.#stamp !== undefined) this.#splitter.end();
    this.#stamp = undefined;
  }

  #beginPiece(stamp: Instant): void {
    // An engine that was restarted sends all once more that it was asked for, within the same reading.
    if (this.#reading.goesBackTo(stamp)) this.#beginAgain(this.#reading.isExpected);
    const open = this.#stamp;
    // All pieces of a line bear the same stamp: the end of this one will never come.
    if (open !== undefined && compareInstants(open, stamp) !== 0) this.end();
    this.#stamp ??= stamp;
    this.#open = this.#stamp;
    this.#reading.note(stamp);
  }

  #beginAgain(isExpected: boolean): void {
    // What has come of a line comes once more.
    this.#splitter = this.#newSplitter();
    this.#stamp = undefined;
    this.#readAgain(isExpected);
  }

  #readAgain(isExpected: boolean): void {
    this.#reading = new Reading(this.#point, isExpected);
    this.#piecesToSkip = this.#piecesOut;
  }

  #newSplitter(): LineSplitter {
    const { terminal } = this.options;
    return new LineSplitter(
      { limitBytes: LINE_LIMIT_BYTES, terminal },
      (bytes, from, to, unfinished) => this.#takeLine(bytes, { from, to, unfinished }),
    );
  }

  #takeLine(bytes: Uint8Array, line: Cut): void {
    const { from, to, unfinished } = line;
    const instant = this.#stamp;
    if (instant === undefined) {
      // Where a task has a TTY, what the engine says of its own failure stands where a line would.
      const words = new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + LONGEST_WORDS_BYTES)));
      throw new Error(`The engine ended the log stream: ${words.trim()}`);
    }
    if (!unfinished) this.#stamp = this.#open = undefined;
    if (this.#reading.isRepeatedBy(bytes, line, instant)) this.#readAgain(this.#reading.isExpected);
    this.#reading.noteLine(bytes, line, instant);
    const { isOut, hasGap } = this.#reading.judge(instant, unfinished);
    if (hasGap) this.options.onGap();
    if (isOut) return;
    if (unfinished && this.#piecesToSkip > 0) {
      this.#piecesToSkip--;
      return;
    }
    this.#piecesToSkip = 0;
    this.#piecesOut = unfinished ? this.#piecesOut + 1 : 0;
    const before = this.#point;
    if (!unfinished) this.#point = following(before, instant);
    this.options.onLine(bytes, { ...line, instant, before });
  }
}

/** The point of a line with this stamp that comes behind `point`. */
function following(point: LinePoint | undefined, stamp: Instant): LinePoint {
  const isSame = point !== undefined && compareInstants(point.stamp, stamp) === 0;
  return { stamp, count: isSame ? point.count + 1 : 1 };
}

/** Tells which lines of a reading are out: all up to a point. */
class Reading {
  #isPast: boolean;
  /** How many lines have come with the point's stamp. */
  #count = 0;
  #first: Instant | undefined;
  #last: Instant | undefined;
  #hasLine = false;
  /** Undefined if it came in pieces. */
  #firstLine: KeptLine | undefined;

  /** `isExpected`: whether the reading has to have the line of the point. */
  constructor(readonly point: LinePoint | undefined, readonly isExpected: boolean) {
    this.#isPast = point === undefined;
  }

  note(stamp: Instant): void {
    this.#first ??= stamp;
    this.#last = stamp;
  }

  /** Whether the reading begins once more with this stamp. A clock that is set back does not meet it to the nanosecond. */
  goesBackTo(stamp: Instant): boolean {
    return this.#first !== undefined && compareInstants(stamp, this.#first) === 0 &&
      compareInstants(stamp, this.#last!) < 0;
  }

  noteLine(bytes: Uint8Array, { from, to, unfinished }: Cut, stamp: Instant): void {
    this.note(stamp);
    // The pieces of a very long line may be alike.
    if (!this.#hasLine && !unfinished) this.#firstLine = keepLine({ bytes, from, to }, stamp);
    this.#hasLine = true;
  }

  /** Whether the reading begins once more with this line, and has had none of another stamp. */
  isRepeatedBy(bytes: Uint8Array, { from, to }: Cut, stamp: Instant): boolean {
    const first = this.#firstLine;
    return first !== undefined && compareInstants(stamp, first.instant) === 0 &&
      readsLike(first, { bytes, from, to });
  }

  /** To be asked of each line, once and in order. */
  judge(stamp: Instant, unfinished: boolean): { readonly isOut: boolean; readonly hasGap: boolean } {
    if (this.#isPast) return NEW;
    const point = this.point!;
    const order = compareInstants(stamp, point.stamp);
    if (order < 0 || (order === 0 && unfinished)) return OUT;
    const isOut = order === 0 && ++this.#count <= point.count;
    this.#isPast = !isOut || this.#count === point.count;
    if (isOut) return OUT;
    return this.isExpected && this.#count < point.count ? NEW_BEHIND_GAP : NEW;
  }
}

const OUT = { isOut: true, hasGap: false };
const NEW = { isOut: false, hasGap: false };
const NEW_BEHIND_GAP = { isOut: false, hasGap: true };
