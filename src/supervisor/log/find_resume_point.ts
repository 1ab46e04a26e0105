/**
 * The point in the engine's log where a live stream broke off, in a log that may not go back to the container's start.
 * In: the last lines that are out, each with the moment it was read, and the log from before them. Out: the engine's
 * stamp of the last one, by which the log is then read on.
 *
 * The lines are looked for in a row, as they were read. Where they stand more than once, the moment decides: the engine
 * stamps a line a little before we read it.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import { keepLine, type KeptLine, type LastLines, type LineBytes, readsLike } from "./last_lines.ts";
import { compareInstants, type Resume, type ResumePoint } from "./resume.ts";
import { OutputLines } from "./output_lines.ts";

/** How much earlier than we the engine may have read a line. */
const LEAD_SECONDS = 60;
/** How much later: its log is another reader of the same output. */
const LAG_SECONDS = 2;
/** Of two places in question, the nearer one is taken to be right if the other is this many times as far. */
const CLEARLY = 4;

export interface FoundResume {
  /** Undefined if the lines can be counted from the log's beginning. */
  readonly resume: Resume | undefined;
  /** False if lines may be missing, or come twice. */
  readonly isSure: boolean;
}

/** From when on the log is needed for `findResume`. */
export function searchSince(lastLines: LastLines): Instant | undefined {
  const oldest = [lastLines.ofStream("stdout")[0], lastLines.ofStream("stderr")[0]]
    .flatMap((line) => line === undefined ? [] : [line.instant]).sort(compareInstants)[0];
  return oldest && { seconds: oldest.seconds - LEAD_SECONDS, nanos: 0 };
}

/** `log`: since `searchSince`, up to now. */
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
  const found = { stdout: finders.stdout.point(), stderr: finders.stderr.point() };
  const ends = [found.stdout, found.stderr].flatMap((point) => point === undefined ? [] : [point]);
  const lastRead = newestOf(lastLines);
  // Nothing there from before the break: what the log had of it is gone, and maybe of what came after it.
  const isCutOff = first !== undefined && lastRead !== undefined &&
    first.seconds > lastRead.seconds + LAG_SECONDS;
  const earliest = ends.map(({ point }) => point.stamp).sort(compareInstants)[0];
  return {
    resume: {
      points: { stdout: found.stdout?.point, stderr: found.stderr?.point },
      // A stream of which nothing is out may have had its first line a moment before the other's last.
      since: earliest && { seconds: earliest.seconds - LAG_SECONDS, nanos: 0 },
    },
    isSure: !isCutOff && ends.every(({ isSure }) => isSure),
  };
}

/** For lines of which there is but a count: where the log has lost some of them, what is there now is taken to be out. */
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
  return { resume: { points: { stdout: point, stderr: point }, since: point.stamp }, isSure: false };
}

function newestOf(lastLines: LastLines): Instant | undefined {
  const streams: OutputStream[] = ["stdout", "stderr"];
  return streams.flatMap((stream) => lastLines.ofStream(stream).slice(-1)).map(({ instant }) => instant)
    .sort(compareInstants).at(-1);
}

/** Knuth, Morris and Pratt, with lines for letters. */
class PointFinder {
  /** To how many lines a match of `index + 1` lines falls back when the next one is another. */
  readonly #shorter: number[] = [0];
  #matched = 0;
  #stamp: Instant | undefined;
  #count = 0;
  #hasOlder = false;
  /** The log's first lines of the stream, in which the wanted ones may be cut off at the beginning. */
  readonly #first: { readonly line: KeptLine; readonly count: number }[] = [];
  #best: { readonly point: ResumePoint; readonly distance: number } | undefined;
  #secondDistance = Infinity;

  constructor(readonly wanted: readonly KeptLine[]) {
    for (let index = 1; index < wanted.length; index++) {
      this.#shorter.push(this.#extend(this.#shorter[index - 1]!, (kept) => readsLike(kept, wanted[index]!)));
    }
  }

  push(line: LineBytes, stamp: Instant): void {
    const last = this.wanted.at(-1);
    if (last === undefined) return;
    this.#count = this.#stamp !== undefined && compareInstants(this.#stamp, stamp) === 0
      ? this.#count + 1
      : 1;
    this.#stamp = stamp;
    if (compareInstants(stamp, last.instant) <= 0) this.#hasOlder = true;
    if (this.#first.length < this.wanted.length) {
      this.#first.push({ line: keepLine(line, stamp), count: this.#count });
    }
    this.#matched = this.#extend(this.#matched, (kept) => readsLike(kept, line));
    if (this.#matched === this.wanted.length) this.#consider({ stamp, count: this.#count, isExpected: true });
  }

  /** Undefined if nothing of the stream is out. */
  point(): { readonly point: ResumePoint; readonly isSure: boolean } | undefined {
    const last = this.wanted.at(-1);
    if (last === undefined) return undefined;
    if (this.#best === undefined) this.#considerFirst();
    if (this.#best !== undefined) {
      return { point: this.#best.point, isSure: this.#secondDistance >= CLEARLY * this.#best.distance };
    }
    // The log has it no more, or never had it: then what was logged before we read it is out.
    const point = { stamp: last.instant, count: Infinity, isExpected: false };
    return { point, isSure: !this.#hasOlder };
  }

  #consider(point: ResumePoint): void {
    const { instant } = this.wanted.at(-1)!;
    const early = instant.seconds - point.stamp.seconds + (instant.nanos - point.stamp.nanos) / 1e9;
    if (early > LEAD_SECONDS || early < -LAG_SECONDS) return;
    const distance = Math.abs(early);
    const best = this.#best?.distance ?? Infinity;
    this.#secondDistance = Math.min(this.#secondDistance, Math.max(distance, best));
    if (distance < best) this.#best = { point, distance };
  }

  /** As many of the last wanted lines as possible, at the log's very beginning. */
  #considerFirst(): void {
    for (let length = this.#first.length; length > 0; length--) {
      const last = this.wanted.slice(-length);
      if (last.length < length || !last.every((line, index) => readsLike(line, this.#first[index]!.line))) {
        continue;
      }
      const { line, count } = this.#first[length - 1]!;
      return this.#consider({ stamp: line.instant, count, isExpected: true });
    }
  }

  /** How many of the wanted lines there are in a row, with one more line behind `matched` of them. */
  #extend(matched: number, fits: (kept: KeptLine) => boolean): number {
    let length = matched;
    for (;;) {
      const next = this.wanted[length];
      if (next !== undefined && fits(next)) return length + 1;
      if (length === 0) return 0;
      length = this.#shorter[length - 1]!;
    }
  }
}
