/**
 * How often checks may have the container restarted: not too soon after one another, and not for ever.
 * A check's count begins anew when it has been passing for ten minutes.
 */
import type { CheckOptions } from "../../config/check_options.ts";

const STABLE_MS = 600_000;

export type Grant =
  /** The restart is due, and counted: number `count` of at most `limit`. */
  | { readonly kind: "restart"; readonly count: number; readonly limit: number }
  | { readonly kind: "too_soon" }
  /** So many restarts have not helped. */
  | { readonly kind: "spent"; readonly count: number };

export class RestartBudget {
  #total = 0;
  #lastMs: number | undefined;
  readonly #counts = new Map<string, number>();

  /** How often checks have had the container restarted since the program started. */
  get total(): number {
    return this.#total;
  }

  /** A failing check asks for a restart. The last one gets its time as well, before all is given up. */
  ask(
    key: string,
    { restartIntervalMs, restartLimit }: Pick<CheckOptions, "restartIntervalMs" | "restartLimit">,
    nowMs: number,
  ): Grant {
    if (this.#lastMs !== undefined && nowMs - this.#lastMs < restartIntervalMs) return { kind: "too_soon" };
    const count = this.#counts.get(key) ?? 0;
    if (count >= restartLimit) return { kind: "spent", count };
    this.#counts.set(key, count + 1);
    this.#lastMs = nowMs;
    this.#total++;
    return { kind: "restart", count: count + 1, limit: restartLimit };
  }

  /** The check has been passing without a break for so long. */
  notePassing(key: string, forMs: number): void {
    if (forMs >= STABLE_MS) this.#counts.delete(key);
  }
}
