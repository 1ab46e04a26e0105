/**
 * Where a live stream broke off, in an engine's log that may have lost its beginning.
 * In: the last lines that are out, each with the moment it was read, and the log from before them. Out: the engine's
 * stamp of the last one, from which the log is then read on.
 *
 * The log is searched for a row of lines that read like these. Where it has several, the clocks decide: a line is read
 * a moment after the engine has stamped it, so the right row is the one whose lines were read soonest. It is not sure
 * if those of another row would have been read hardly later.
 */
import type { Instant } from "../../logging/log_record.ts";
import { secondsBetween } from "../../logging/rising_clock.ts";
import { keepLine, type KeptLine, type LastLines, type LineBytes, readsLike } from "./last_lines.ts";
import { OutputLines } from "./output_lines.ts";
import { compareInstants, type Resume, type ResumePoint } from "./resume.ts";

/** A line is read at most this long after the engine has stamped it. */
const LONGEST_LAG_SECONDS = 60;
/** Or this long before: the output is copied to its log and to us, and the engine stamps the copy for the log. */
export const LONGEST_LEAD_SECONDS = 2;
/** Every line may have been read as late as this, even if it seems to have been read sooner. */
const USUAL_LAG_SECONDS = 0.125;
/** A row is sure if the lines of every other one would have been read this many times as late. */
const CLEARLY = 4;
/** Fewer lines than this may stand in a row by chance, if some of them read alike. */
const ENOUGH_LINES = 16;

export interface FoundResume {
  /** Undefined if the lines can be counted from the log's beginning. */
  readonly resume: Resume | undefined;
  /** False if lines may be missing, or come twice. */
  readonly isSure: boolean;
}

/** From when on the log is needed for `findResume`; undefined if no lines are known that could be looked for. */
export function searchSince(lastLines: LastLines): Instant | undefined {
  const oldest = [lastLines.ofStream("stdout")[0], lastLines.ofStream("stderr")[0]]
    .flatMap((line) => line === undefined ? [] : [line.instant]).sort(compareInstants)[0];
  return oldest && { seconds: oldest.seconds - LONGEST_LAG_SECONDS, nanos: 0 };
}

/** `log`: since `searchSince`, up to now; `terminal`: of a container with a TTY. @throws what the log breaks off with */
export async function findResume(
  log: ReadableStream<Uint8Array>,
  lastLines: LastLines,
  terminal: boolean,
): Promise<FoundResume> {
  const finders = {
    stdout: new PointFinder(lastLines.ofStream("stdout")),
    stderr: new PointFinder(lastLines.ofStream("stderr")),
  };
  let first: Instant | undefined;
  const lines = new OutputLines({ terminal, stamped: true }, (stream, line) => {
    first ??= line.stamp;
    if (line.stamp !== undefined && !line.unfinished) finders[stream].push(line, line.stamp);
  });
  for await (const chunk of log) lines.push(chunk);
  const found = { stdout: finders.stdout.find(first), stderr: finders.stderr.find(first) };
  const both = [found.stdout, found.stderr].filter((point) => point !== undefined);
  const earliest = both.map(({ point }) => point.stamp).sort(compareInstants)[0];
  // Both streams come by one connection: as late as the one, the other may have been read too.
  const lags = both.flatMap(({ lag }) => lag ?? []);
  const clearLag = CLEARLY * Math.max(USUAL_LAG_SECONDS, ...lags);
  return {
    resume: {
      // A stream of which nothing is out may have had its first line a moment before the other's last.
      since: earliest && { seconds: earliest.seconds - LONGEST_LEAD_SECONDS, nanos: 0 },
      points: { stdout: found.stdout?.point, stderr: found.stderr?.point },
    },
    // Where the log has the wanted lines of neither stream, it may have lost some that came after them, too.
    isSure: lags.length > 0 && both.every(({ nextLag }) => nextLag >= clearLag),
  };
}

/**
 * For lines of which only the number is known; `log`: from its beginning up to now. Where it has fewer lines, all of them
 * are taken to be out. @throws what the log breaks off with
 */
export async function countedResume(
  log: ReadableStream<Uint8Array>,
  lastLines: LastLines,
  terminal: boolean,
): Promise<FoundResume> {
  const counts = { stdout: 0, stderr: 0 };
  const lines = new OutputLines({ terminal, stamped: true }, (stream, { unfinished }) => {
    if (!unfinished) counts[stream]++;
  });
  for await (const chunk of log) lines.push(chunk);
  const isWhole = counts.stdout >= lastLines.count("stdout") && counts.stderr >= lastLines.count("stderr");
  if (isWhole || lines.lastStamp === undefined) return { resume: undefined, isSure: isWhole };
  const point = { stamp: lines.lastStamp, count: Infinity, isExpected: false };
  return { resume: { since: point.stamp, points: { stdout: point, stderr: point } }, isSure: false };
}

interface FoundPoint {
  readonly point: ResumePoint;
  /** How late the lines of the row were read: seconds, in the mean. Undefined if there is no row. */
  readonly lag: number | undefined;
  /** The same for the second best row; Infinity if there is none. */
  readonly nextLag: number;
}

/** Finds rows of the wanted lines by the algorithm of Knuth, Morris and Pratt, with lines for letters. */
class PointFinder {
  /** Of the first `index + 1` wanted lines: how many of the first ones read like as many of the last ones. */
  readonly #shorter: number[] = [0];
  /** Whether some of the wanted lines read alike. */
  readonly #hasAlike: boolean;
  /** How many of the first wanted lines the last lines of the log read like. */
  #matched = 0;
  /** Of the last lines of the log, at most as many as are wanted. */
  readonly #stamps: Instant[] = [];
  /** How many lines of the log, up to the last one, bear its stamp. */
  #count = 0;
  /** The first lines of the log, at most as many as are wanted. */
  readonly #first: { readonly line: KeptLine; readonly count: number }[] = [];
  #hasOlder = false;
  /** The row that was read soonest, and how many lines it has. */
  #best: { readonly point: ResumePoint; readonly lag: number; readonly length: number } | undefined;
  #nextLag = Infinity;

  constructor(readonly wanted: readonly KeptLine[]) {
    this.#hasAlike = wanted.some((line, index) =>
      wanted.slice(0, index).some((other) => readsLike(line, other))
    );
    for (let index = 1; index < wanted.length; index++) {
      this.#shorter.push(this.#extend(this.#shorter[index - 1]!, wanted[index]!));
    }
  }

  push(line: LineBytes, stamp: Instant): void {
    const { wanted } = this;
    const last = wanted.at(-1);
    if (last === undefined) return;
    const before = this.#stamps.at(-1);
    this.#count = before !== undefined && compareInstants(before, stamp) === 0 ? this.#count + 1 : 1;
    if (this.#stamps.push(stamp) > wanted.length) this.#stamps.shift();
    if (compareInstants(stamp, last.instant) <= 0) this.#hasOlder = true;
    if (this.#first.length < wanted.length) {
      this.#first.push({ line: keepLine(line, stamp), count: this.#count });
    }
    this.#matched = this.#extend(this.#matched, line);
    if (this.#matched === wanted.length) this.#consider(this.#stamps, this.#count);
  }

  /** Undefined if nothing is wanted. `first`: the stamp of the log's first line, of either stream. */
  find(first: Instant | undefined): FoundPoint | undefined {
    const last = this.wanted.at(-1);
    if (last === undefined) return undefined;
    this.#considerBeginning();
    if (this.#best === undefined) {
      // The log has the last line no more, or never had it: what was stamped before we read that line is out.
      const point = { stamp: last.instant, count: Infinity, isExpected: false };
      return { point, lag: undefined, nextLag: this.#hasOlder ? 0 : Infinity };
    }
    const { point, lag, length } = this.#best;
    const isVague = length < this.wanted.length && this.#hasAlike;
    const isEarly = compareInstants(last.instant, point.stamp) < 0;
    // Then the row may be of later lines, and the log have lost the wanted ones: they stood before its first line.
    const lostLag = isVague || isEarly ? secondsBetween(first ?? last.instant, last.instant) : Infinity;
    return { point, lag, nextLag: Math.min(this.#nextLag, lostLag) };
  }

  /** A log that has lost its beginning may begin in the middle of the wanted row. */
  #considerBeginning(): void {
    for (let length = Math.min(this.#first.length, this.wanted.length - 1); length > 0; length--) {
      const row = this.#first.slice(0, length);
      if (!row.every(({ line }, index) => readsLike(this.wanted.at(index - length)!, line))) continue;
      this.#consider(row.map(({ line }) => line.instant), row.at(-1)!.count);
    }
  }

  /** `stamps`: of a row that reads like as many of the last wanted lines. Longer rows have to come before shorter ones. */
  #consider(stamps: readonly Instant[], count: number): void {
    const { length } = stamps;
    const stamp = stamps.at(-1)!;
    const lastLag = secondsBetween(stamp, this.wanted.at(-1)!.instant);
    if (lastLag > LONGEST_LAG_SECONDS || lastLag < -LONGEST_LEAD_SECONDS) return;
    // In the mean of all its lines; what seems to have been read too early is as unlikely as what was read late.
    let sum = 0;
    for (let back = 1; back <= length; back++) {
      sum += Math.abs(secondsBetween(stamps.at(-back)!, this.wanted.at(-back)!.instant));
    }
    const lag = sum / length;
    const best = this.#best;
    if (best === undefined || lag < best.lag) {
      this.#nextLag = Math.min(this.#nextLag, best?.lag ?? Infinity);
      this.#best = { point: { stamp, count, isExpected: true }, lag, length };
    } else if (length >= ENOUGH_LINES || best.length < this.wanted.length || !this.#hasAlike) {
      // What is left out are short rows at the log's beginning, beside a row of all wanted lines.
      this.#nextLag = Math.min(this.#nextLag, lag);
    }
  }

  /** `matched`, after one more line of the log. */
  #extend(matched: number, line: LineBytes): number {
    let length = matched;
    for (;;) {
      const next = this.wanted[length];
      if (next !== undefined && readsLike(next, line)) return length + 1;
      if (length === 0) return 0;
      length = this.#shorter[length - 1]!;
    }
  }
}
