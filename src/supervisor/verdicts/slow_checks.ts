/**
 * Checks that take longer than their frequency: each is told once, and where there are many, together, so that a machine
 * under load is not given a thousand records to write.
 */
import type { LogEntry } from "../../logging/log_record.ts";
import type { Check } from "../../checks/check.ts";
import { shortList } from "./summary.ts";

const INTERVAL_MS = 60_000;

export class SlowChecks {
  readonly #known = new Set<string>();
  #untold: string[] = [];
  #toldMs = -Infinity;

  /** What is to be said after such a run, if anything; `key` tells checks apart over a reload. */
  note(
    key: string,
    { name, frequencyTicks }: Check,
    durationMs: number,
    nowMs: number,
  ): LogEntry | undefined {
    if (durationMs <= frequencyTicks * 1000) return undefined;
    if (!this.#known.has(key)) {
      this.#known.add(key);
      this.#untold.push(
        `"${name}" ${Math.round(durationMs / 10) / 100} s, to be run every ${frequencyTicks} s`,
      );
    }
    if (this.#untold.length === 0 || nowMs - this.#toldMs < INTERVAL_MS) return undefined;
    const checks = this.#untold;
    this.#untold = [];
    this.#toldMs = nowMs;
    const subject = checks.length === 1 ? "A check takes" : `${checks.length} checks take`;
    const message = `${subject} longer than the frequency allows, turns that come meanwhile are left out: ` +
      shortList(checks, "; ");
    return { severity: "warn", source: "monitoring", message, data: { checks: checks.slice(0, 100) } };
  }
}
