/**
 * One check's results → whether it passes or fails.
 * It fails after `failureThreshold` failures in a row, or when the rate rule holds; it passes again after
 * `successThreshold` passes in a row, once the rate rule does not hold any more.
 */
import type { CheckOptions } from "../../config/check_options.ts";

/** `undecided`: it has run, but not yet failed often enough. */
export type CheckState = "not run" | "undecided" | "passing" | "failing";

export class Judgement {
  #state: CheckState = "not run";
  #failuresInARow = 0;
  #passesInARow = 0;
  /** The last results, true for a pass; only as many as the rate rule asks for. */
  readonly #recent: boolean[] = [];
  #failingSinceMs: number | undefined;

  /** `options`: a reload may change them. */
  constructor(public options: CheckOptions) {}

  get state(): CheckState {
    return this.#state;
  }

  /** When the first failure came that led to the present failing state. */
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  /** Why it fails, beyond the last result: e.g. `3 times in a row`; empty where one failure is enough. */
  get ground(): string {
    const { failureThreshold, failureRate } = this.options;
    if (failureThreshold === 1) return "";
    if (failureThreshold !== undefined && this.#failuresInARow >= failureThreshold) {
      return `${this.#failuresInARow} times in a row`;
    }
    return failureRate === undefined ? "" : `${this.#recentFailures()} of the last ${failureRate.runs} times`;
  }

  accept(passed: boolean, nowMs: number): void {
    this.#passesInARow = passed ? this.#passesInARow + 1 : 0;
    this.#failuresInARow = passed ? 0 : this.#failuresInARow + 1;
    if (this.#failuresInARow === 1 && this.#state !== "failing") this.#failingSinceMs = nowMs;
    const { failureRate, failureThreshold = Infinity, successThreshold } = this.options;
    if (failureRate !== undefined) {
      this.#recent.push(passed);
      if (this.#recent.length > failureRate.runs) this.#recent.shift();
    }
    const isTooOften = failureRate !== undefined && this.#recentFailures() >= failureRate.failures;
    if (this.#failuresInARow >= failureThreshold || (isTooOften && !passed)) this.#state = "failing";
    else if (passed && this.#state !== "failing") this.#state = "passing";
    else if (passed && this.#passesInARow >= successThreshold && !isTooOften) this.#state = "passing";
    else if (this.#state === "not run") this.#state = "undecided";
  }

  #recentFailures(): number {
    return this.#recent.filter((passed) => !passed).length;
  }
}
