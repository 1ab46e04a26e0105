/** Time stamps of records, as numbers (`Instant`), as text (RFC 3339 in UTC) and as bytes. */
import type { Instant } from "./log_record.ts";

/** The beginning of 1970: earlier than every record. */
export const EPOCH: Instant = { seconds: 0, nanos: 0 };

const LAST_NANO = 999_999_999;
const NANO_DIGITS = 9;
const ZERO = 0x30;

/** Of a clock that is corrected by no more, the stamps go on rising; of one that is set back further, they follow. */
const SET_BACK_SECONDS = 1;

/** Gives out stamps, each later than the one before, unless the system's clock is set back. */
export class RisingClock {
  #last = EPOCH;
  /** Called with how far the clock was set back. */
  onSetBack: (seconds: number) => void = () => {};

  /** `nowMs`: milliseconds since 1970, with a fraction. */
  constructor(readonly nowMs: () => number) {}

  /** Reads the wall clock; stamps that are a little ahead of it stay so. */
  look(): void {
    const ms = this.nowMs();
    const seconds = Math.floor(ms / 1000);
    const now = { seconds, nanos: Math.floor((ms - seconds * 1000) * 1e6) };
    const before = this.#last;
    const isSetBack = secondsBetween(now, before) > SET_BACK_SECONDS;
    if (isSetBack || isLater(now, before)) this.#last = now;
    if (isSetBack) this.onSetBack(before.seconds - seconds);
  }

  /** The current time, or a nanosecond after the last stamp if that is later. */
  next(): Instant {
    this.look();
    return this.following();
  }

  /** A nanosecond after the last stamp, without reading the wall clock: for lines that were read together. */
  following(): Instant {
    return this.#last = successor(this.#last);
  }
}

/** Negative if `later` comes before `earlier`. */
export function secondsBetween(earlier: Instant, later: Instant): number {
  return later.seconds - earlier.seconds + (later.nanos - earlier.nanos) / 1e9;
}

/** The instant itself if it is later than `last`, else the nanosecond after `last`. */
export function laterThan(last: Instant, instant: Instant): Instant {
  return isLater(instant, last) ? instant : successor(last);
}

function isLater(a: Instant, b: Instant): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos);
}

function successor({ seconds, nanos }: Instant): Instant {
  return nanos === LAST_NANO ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos: nanos + 1 };
}

/** Yields a clock: milliseconds since 1970, finer than `Date.now()`; it follows when the system's clock is set. */
export function preciseNowMs(): () => number {
  let offset = Date.now() - performance.now();
  return () => {
    const now = performance.now() + offset;
    const wall = Date.now();
    if (Math.abs(wall - now) <= 2) return now;
    offset += wall - now;
    return wall;
  };
}

/** e.g. `2026-11-22T15:34:18.000000001Z` */
export function formatInstant({ seconds, nanos }: Instant): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, "0")}Z`;
}

/** Writes the nine digits of `nanos` at `offset`; yields where they end. */
export function writeNanos(nanos: number, target: Uint8Array, offset: number): number {
  let rest = nanos;
  for (let at = offset + NANO_DIGITS - 1; at >= offset; at--) {
    const left = (rest / 10) | 0;
    target[at] = ZERO + rest - left * 10;
    rest = left;
  }
  return offset + NANO_DIGITS;
}
