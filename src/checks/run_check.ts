import { type Check, type CheckResult, failing } from "./check.ts";
import { lackOf } from "./lack.ts";

/** Checks with a run that has not ended, be it one that nobody waits for any more. */
const running = new WeakSet<Check>();

/**
 * Runs a check once: its result, or a failing one when it throws or its timeout is over; undefined if `signal` is
 * aborted first, or where the machine lacks what it takes to run it (`onLack`). A run that goes on all the same is left
 * behind, and the check fails without a new one until it ends.
 */
export async function runCheck(
  check: Check,
  signal: AbortSignal,
  onLack: (reason: string) => void = () => {},
): Promise<CheckResult | undefined> {
  if (signal.aborted) return undefined;
  if (running.has(check)) return failing("still running: the run before does not end");
  const breakOff = new AbortController();
  const noResult = failing(`no result within ${check.timeoutMs / 1000} s`);
  const { promise, resolve } = Promise.withResolvers<CheckResult | undefined>();
  let timer = setTimeout(() => {
    breakOff.abort();
    // By the next turn of the event loop, most checks that heed their signal have ended.
    timer = setTimeout(resolve, 0, noResult);
  }, check.timeoutMs);
  const onStop = () => {
    breakOff.abort();
    resolve(undefined);
  };
  const onEnd = (result: CheckResult | undefined) => {
    running.delete(check);
    resolve(result);
  };
  const onError = (error: unknown) => {
    if (breakOff.signal.aborted) return onEnd(noResult);
    const lack = lackOf(error);
    if (lack === undefined) return onEnd(failing(error instanceof Error ? error.message : String(error)));
    onLack(lack);
    onEnd(undefined);
  };
  signal.addEventListener("abort", onStop);
  running.add(check);
  Promise.try(() => check.run(breakOff.signal)).then(onEnd, onError);
  const result = await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", onStop);
  return result;
}
