/** Signs of life for systemd, which restarts a service without them: `WatchdogSec=`, sd_watchdog_enabled(3). */
import { every } from "../timers.ts";
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

/**
 * Pings from the beginning of a run to its end, so that nothing it does, however long, goes without: systemd is to find
 * out when the program itself is stuck. An engine that is stuck is waited for.
 */
export class Watchdog implements Disposable {
  readonly #timer: Disposable | undefined;
  /** Asked before each ping: whether a check lets systemd's watchdog starve. */
  isStarved = () => false;

  /** `intervalMs`: undefined where nobody watches. */
  constructor(readonly notifier: Notifier, readonly intervalMs: number | undefined) {
    if (intervalMs !== undefined) this.#timer = every(intervalMs, () => this.#ping());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #ping(): void {
    if (!this.isStarved()) this.notifier.send({ watchdog: true });
  }
}
