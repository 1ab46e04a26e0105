/** Whether, and how often, systemd wants to hear from us: sd_watchdog_enabled(3). */
import type { Notifier } from "./notify.ts";

/** Half of the time after which systemd acts; undefined if it watches nobody, or another process. */
export function watchdogIntervalMs(
  { env, pid }: { readonly env: (name: string) => string | undefined; readonly pid: number },
): number | undefined {
  const usec = Number(env("WATCHDOG_USEC"));
  const watched = env("WATCHDOG_PID");
  if (!(usec > 0) || (watched !== undefined && Number(watched) !== pid)) return undefined;
  return usec / 2000;
}

/** Pings until disposed of: for work that takes long, but has a bound of its own, so that it is no hang. */
export function pingWatchdog(notifier: Notifier, intervalMs: number | undefined): Disposable {
  if (intervalMs === undefined) return { [Symbol.dispose]() {} };
  const feed = () => notifier.send({ watchdog: true });
  feed();
  const timer = setInterval(feed, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
