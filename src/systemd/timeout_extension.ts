/**
 * More time for a start, reload or stop: sd_notify(3), EXTEND_TIMEOUT_USEC. systemd wants the first such message before
 * its own timeout is over, and each further one before the time that it was asked for is over.
 */
import { every } from "../timers.ts";
import type { Notifier } from "./notify.ts";

const GRANT_USEC = 30_000_000;
const INTERVAL_MS = 10_000;

/** Asks at once and every ten seconds, until disposed of or for `capMs`: so systemd can still end what hangs. */
export function extendTimeout(notifier: Notifier, { capMs }: { readonly capMs: number }): Disposable {
  let leftMs = capMs;
  const extend = () => {
    if (leftMs <= 0) return timer[Symbol.dispose]();
    leftMs -= INTERVAL_MS;
    notifier.send({ extendTimeoutUsec: GRANT_USEC });
  };
  const timer = every(INTERVAL_MS, extend);
  extend();
  return timer;
}
