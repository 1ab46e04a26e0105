/** Waiting for a time, for a signal, for a promise: each wait has a way to end early. */
import { after } from "../timers.ts";

/** A journal that is restarted takes a moment or two; one that takes longer does not hold up the end of a service. */
const OUTPUT_PATIENCE_MS = 30_000;

/** Never aborted: for requests whose answer has to be awaited, since one that is broken off may still be carried out. */
export const NEVER = new AbortController().signal;

/** @throws the signal's reason as soon as it is aborted */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Resolves, with undefined, when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** What the promise yields, or undefined if it takes longer than that. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  using _ = after(ms, () => late.resolve(undefined));
  return await Promise.race([promise, late.promise]);
}

/**
 * Waits for what depends on the reader of our output, as long as that goes on reading: false if it has stalled.
 * @throws what the promise rejects with
 */
export async function unlessStalled(
  output: { readonly stalledMs: number },
  promise: Promise<unknown>,
): Promise<boolean> {
  const done = promise.then(() => true as const);
  while (output.stalledMs < OUTPUT_PATIENCE_MS) {
    if (await within(OUTPUT_PATIENCE_MS - output.stalledMs, done)) return true;
  }
  // What is there already counts, however late it is.
  return await within(0, done) ?? false;
}
