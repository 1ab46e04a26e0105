/**
 * How long a log that is followed may be silent before it is opened anew, to find out whether it really is.
 * In: how many lines there have been, at each look. Out: whether to open it; the longer after the last time, the more often
 * that has brought nothing.
 */

export interface PatienceTimes {
  /** How long nothing may come, at first and at most, before the log is opened anew. */
  readonly patienceMs: number;
  readonly longestPatienceMs: number;
  /** What comes within this time then had been waiting. */
  readonly deliveryMs: number;
}

export class Patience {
  #ms: number;
  /** When that has last become another time. */
  #changedAtMs: number;
  /** How many lines there were at the last look. */
  #lines = 0;
  #isProbing = false;

  constructor(readonly times: PatienceTimes, readonly nowMs: () => number) {
    this.#ms = times.patienceMs;
    this.#changedAtMs = nowMs();
  }

  /** How long until the next look. */
  get waitMs(): number {
    return this.#isProbing ? this.times.deliveryMs : this.#ms;
  }

  /** `lines`: how many there have been. True if nothing has come, and it is to be found out why. */
  isSilent(lines: number): boolean {
    const { patienceMs, longestPatienceMs } = this.times;
    const isNews = lines !== this.#lines;
    const wasProbing = this.#isProbing;
    this.#lines = lines;
    this.#isProbing = !isNews && !wasProbing;
    if (wasProbing) this.#set(isNews ? patienceMs : Math.min(2 * this.#ms, longestPatienceMs));
    else if (isNews && this.nowMs() - this.#changedAtMs > longestPatienceMs) {
      // It has become livelier.
      this.#set(Math.max(this.#ms / 2, patienceMs));
    }
    return this.#isProbing;
  }

  #set(ms: number): void {
    this.#ms = ms;
    this.#changedAtMs = this.nowMs();
  }
}
