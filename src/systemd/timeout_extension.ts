/**
 * More time from systemd while something slow goes on: sd_notify(3), EXTEND_TIMEOUT_USEC.
 * systemd wants the first message before its own timeout is over, and each further one within the time that the
 * last one granted.
 */
import type { Notifier } from "./notify.ts";

const GRANT_USEC = 30_000_000;
const INTERVAL_MS = 10_000;

/** Asks for more time now and again until disposed of, `capMs` at the most, so that a hang still ends. */
export function extendTimeout(notifier: Notifier, { capMs }: { readonly capMs: number }): Disposable {
  let leftMs = capMs;
  const extend = () => {
    if (leftMs <= 0) return clearInterval(timer);
    leftMs -= INTERVAL_MS;
    notifier.send({ extendTimeoutUsec: GRANT_USEC });
  };
  const timer = setInterval(extend, INTERVAL_MS);
  extend();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
