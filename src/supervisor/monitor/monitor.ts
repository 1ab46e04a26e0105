/**
 * What the checks' results mean: which check passes or fails, since when, and what of it is news.
 * In: results. Out: one record per change of state, and a summary for STATUS=.
 */
import type { Logger } from "../../logging/log_record.ts";
import type { Check, CheckResult } from "./check.ts";

type CheckState =
  | { readonly kind: "not run" }
  | { readonly kind: "passing" }
  | { readonly kind: "failing"; readonly reason: string; readonly sinceMs: number };

export interface MonitorOptions {
  readonly logger: Logger;
  /** Called when `summary()` has changed. */
  readonly onChange: () => void;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
}

export class Monitor {
  readonly #states = new Map<Check, CheckState>();

  constructor(checks: readonly Check[], readonly options: MonitorOptions) {
    for (const check of checks) this.#states.set(check, { kind: "not run" });
  }

  accept(check: Check, result: CheckResult): void {
    const before = this.#states.get(check);
    if (result.ok) {
      this.#states.set(check, { kind: "passing" });
      if (before?.kind === "failing") this.#reportRecovery(check, before.sinceMs);
      if (before?.kind !== "passing") this.options.onChange();
      return;
    }
    const sinceMs = before?.kind === "failing" ? before.sinceMs : this.options.nowMs();
    this.#states.set(check, { kind: "failing", reason: result.reason, sinceMs });
    if (before?.kind !== "failing") this.#reportFailure(check, result);
    if (before?.kind !== "failing" || before.reason !== result.reason) this.options.onChange();
  }

  /** The checks that fail. */
  get failing(): Check[] {
    return [...this.#states].filter(([, { kind }]) => kind === "failing").map(([check]) => check);
  }

  /**
   * e.g. `3 checks pass`, `1 check passes, 2 yet to run`, or
   * `http /index.html failing for 2 min (status 500, expected 200)`.
   */
  summary(): string {
    const states = [...this.#states.entries()];
    const failures = states.flatMap(([check, state]) =>
      state.kind === "failing" ? [`${check.name} failing${this.#since(state.sinceMs)} (${state.reason})`] : []
    );
    if (failures.length > 0) return failures.join("; ");
    const passing = states.filter(([, state]) => state.kind === "passing").length;
    const waiting = states.length - passing;
    if (states.length === 0) return "no checks";
    if (passing === 0) return `${waiting} ${waiting === 1 ? "check" : "checks"} yet to run`;
    const passed = passing === 1 ? "1 check passes" : `${passing} checks pass`;
    return waiting === 0 ? passed : `${passed}, ${waiting} yet to run`;
  }

  /** In whole minutes, so that the text changes once a minute. */
  #since(sinceMs: number): string {
    const minutes = Math.floor((this.options.nowMs() - sinceMs) / 60_000);
    return minutes === 0 ? "" : ` for ${minutes} min`;
  }

  #reportFailure(check: Check, result: CheckResult & { ok: false }): void {
    this.options.logger.log({
      severity: "error",
      source: "monitoring",
      message: `Check "${check.name}" fails: ${result.reason}`,
      data: { check: check.name, kind: check.kind, state: "failing", ...result.data },
    });
  }

  #reportRecovery(check: Check, sinceMs: number): void {
    const seconds = Math.round((this.options.nowMs() - sinceMs) / 100) / 10;
    this.options.logger.log({
      severity: "notice",
      source: "monitoring",
      message: `Check "${check.name}" passes again, after ${seconds} s`,
      data: { check: check.name, kind: check.kind, state: "passing", failed_seconds: seconds },
    });
  }
}
