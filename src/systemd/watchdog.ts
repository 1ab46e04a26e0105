/** The watchdog's pings: sd_watchdog_enabled(3). As long as the event loop turns, one at half the interval. */
import type { Notifier } from "./notify.ts";

/** Pings until the signal is aborted, if the unit has `WatchdogSec=` and this process is the one it watches. */
export function feedWatchdog(
  notifier: Notifier,
  { env, pid, signal }: {
    readonly env: (name: string) => string | undefined;
    readonly pid: number;
    readonly signal: AbortSignal;
  },
): void {
  const usec = Number(env("WATCHDOG_USEC"));
  const watched = env("WATCHDOG_PID");
  if (!(usec > 0) || (watched !== undefined && Number(watched) !== pid)) return;
  const timer = setInterval(() => notifier.send({ watchdog: true }), usec / 2000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
