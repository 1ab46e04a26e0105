/**
 * How far the engine's log has been read, by its own stamps.
 * In: the lines that are out, with their stamps. Out: where to go on when the reading breaks off.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { Streams } from "./output_lines.ts";

/** The last line of a stream that is out, as the log has it. */
export interface LogPlace {
  readonly stamp: Instant;
  /** How many lines of the stream bear this stamp, up to it. */
  readonly count: number;
  /** Whether the log has to have it; else what is behind it is simply new. */
  readonly isExpected: boolean;
}

/** Undefined for a stream of which nothing is out. */
export type LogPlaces = Streams<LogPlace | undefined>;

/** Where reading is to begin, and what is to be skipped. */
export interface LogStart {
  readonly places: LogPlaces;
  /** Nothing before it is needed; undefined for the log's beginning. */
  readonly since: Instant | undefined;
}

export const LOG_BEGINNING: LogStart = {
  places: { stdout: undefined, stderr: undefined },
  since: undefined,
};

/**
 * The engine writes a line to its log a moment after it has stamped it: one of the other stream may come behind it that
 * bears an older stamp, and engine 20.10 leaves out whatever is older than it is asked for, wherever it stands.
 */
const DISORDER_SECONDS = 1;

export class LogTrack {
  readonly #places: LogPlaces;
  readonly #since: Instant | undefined;
  #newest: OutputStream | undefined;

  constructor({ places, since }: LogStart) {
    this.#places = { ...places };
    this.#since = since;
  }

  /** A line is out, which comes behind all that were before. */
  note(stream: OutputStream, stamp: Instant): void {
    const place = this.#places[stream];
    const isSame = place !== undefined && compareInstants(place.stamp, stamp) === 0;
    this.#places[stream] = { stamp, count: isSame ? place.count + 1 : 1, isExpected: true };
    this.#newest = stream;
  }

  /** `isDone`: whether all lines that were out have been passed, so that what is out is all up to the last line. */
  next(isDone: boolean): LogStart {
    const places = { ...this.#places };
    const newest = this.#newest;
    if (!isDone || newest === undefined) return { places, since: this.#since };
    const other = newest === "stdout" ? "stderr" : "stdout";
    const last = this.#places[newest]!.stamp;
    const earliest = { ...last, seconds: last.seconds - DISORDER_SECONDS };
    const second = places[other];
    if (second === undefined) return { places, since: earliest };
    // It may be long ago, and before what is going to be read.
    places[other] = { ...second, isExpected: false };
    const [needed] = [last, second.stamp].sort(compareInstants);
    return { places, since: compareInstants(needed!, earliest) > 0 ? needed : earliest };
  }
}

/** Negative if `a` is earlier than `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}
