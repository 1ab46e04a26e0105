/** Time stamps of records: RFC 3339 in UTC with nanoseconds, each later than the one before. */
import type { Instant } from "./log_record.ts";

const NANOS_PER_SECOND = 1_000_000_000;

export class RisingClock {
  #seconds = 0;
  #nanos = 0;

  /** `nowMs`: milliseconds since 1970, with a fraction. */
  constructor(readonly nowMs: () => number) {}

  /** Catches up with the wall clock, unless the stamps are ahead of it. */
  look(): void {
    const ms = this.nowMs();
    const seconds = Math.floor(ms / 1000);
    const nanos = Math.floor((ms - seconds * 1000) * 1e6);
    if (seconds > this.#seconds || (seconds === this.#seconds && nanos > this.#nanos)) {
      this.#seconds = seconds;
      this.#nanos = nanos;
    }
  }

  /** The current moment, later than any given out before. */
  next(): Instant {
    this.look();
    return this.following();
  }

  /** One nanosecond after the last moment, without a look at the wall clock: for lines that were read together. */
  following(): Instant {
    this.#nanos++;
    if (this.#nanos === NANOS_PER_SECOND) {
      this.#nanos = 0;
      this.#seconds++;
    }
    return { seconds: this.#seconds, nanos: this.#nanos };
  }
}

/** Wall clock time with a finer fraction than `Date.now()` has; follows when the clock is set. */
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
