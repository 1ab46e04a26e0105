/**
 * When checks run: every `frequencyTicks` ticks of a second.
 * A check that is still under way when its turn comes again misses that turn: it never overlaps itself,
 * and never holds up another.
 */
import { type Check, type CheckResult, failing } from "./check.ts";

const TICK_MS = 1000;

export interface ScheduleOptions {
  readonly signal: AbortSignal;
  readonly onResult: (check: Check, result: CheckResult, durationMs: number) => void;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
}

/** Runs the checks until the signal is aborted; resolves when none is under way any more. */
export async function runSchedule(checks: readonly Check[], options: ScheduleOptions): Promise<void> {
  const { signal, onResult, nowMs } = options;
  const underWay = new Map<Check, Promise<void>>();
  const startMs = nowMs();
  let tick = 0;
  while (checks.length > 0 && await waitUntil(startMs + (tick + 1) * TICK_MS, nowMs, signal)) {
    const lastTick = tick;
    // After a pause of the machine or a long turn of the event loop the ticks in between are gone.
    tick = Math.floor((nowMs() - startMs) / TICK_MS);
    for (const check of checks) {
      const due = Math.floor(tick / check.frequencyTicks) > Math.floor(lastTick / check.frequencyTicks);
      if (!due || underWay.has(check)) continue;
      const begunMs = nowMs();
      const run = runCheck(check, signal).then((result) => {
        underWay.delete(check);
        if (result !== undefined) onResult(check, result, nowMs() - begunMs);
      });
      underWay.set(check, run);
    }
  }
  await Promise.all(underWay.values());
}

/** One run within the check's timeout; undefined if it was broken off because everything ends. */
export async function runCheck(check: Check, signal: AbortSignal): Promise<CheckResult | undefined> {
  const timeout = AbortSignal.timeout(check.timeoutMs);
  try {
    return await check.run(AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (signal.aborted) return undefined;
    if (timeout.aborted) return failing(`no result within ${check.timeoutMs / 1000} s`);
    return failing(error instanceof Error ? error.message : String(error));
  }
}

/** False if the signal is aborted first. */
function waitUntil(dueMs: number, nowMs: () => number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    }, Math.max(0, dueMs - nowMs()));
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
