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

/** Pings from the beginning of a run to its end, so that nothing it does, however long, goes without. */
export class Watchdog implements Disposable {
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  /** Asked before each ping. What has a bound of its own needs no more than a program that is alive. */
  isAlive: () => Promise<boolean> = alwaysAlive;

  /** `intervalMs`: undefined where nobody watches. */
  constructor(readonly notifier: Notifier, readonly intervalMs: number | undefined) {
    if (intervalMs !== undefined) this.#timer = setInterval(() => void this.#ping(), intervalMs);
  }

  reset(): void {
    this.isAlive = alwaysAlive;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #ping(): Promise<void> {
    if (await this.isAlive()) this.notifier.send({ watchdog: true });
  }
}

function alwaysAlive(): Promise<boolean> {
  return Promise.resolve(true);
}
