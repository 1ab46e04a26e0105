/** Signs of life for systemd, which restarts a service without them: `WatchdogSec=`, sd_watchdog_enabled(3). */
import type { Notifier } from "./notify.ts";

/**
 * How often to ping: twice in the time after which systemd acts, as the man page advises. Undefined if it watches
 * nobody, or another process than `pid`.
 */
export function watchdogIntervalMs(
  { env, pid }: { readonly env: (name: string) => string | undefined; readonly pid: number },
): number | undefined {
  const usec = Number(env("WATCHDOG_USEC"));
  const watched = env("WATCHDOG_PID");
  if (!(usec > 0) || (watched !== undefined && Number(watched) !== pid)) return undefined;
  return usec / 2000;
}

/** Pings at once and then each `intervalMs` until disposed of: for work that may take long, but ends by itself. */
export function pingWatchdog(notifier: Notifier, intervalMs: number | undefined): Disposable {
  if (intervalMs === undefined) return { [Symbol.dispose]() {} };
  const ping = () => notifier.send({ watchdog: true });
  ping();
  const timer = setInterval(ping, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
