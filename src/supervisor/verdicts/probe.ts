/**
 * Waiting until something holds that has to be asked again and again, such as that checks pass.
 * In: a probe, a time limit. Out: it holds, or NotReadyError with what was last seen.
 */
import type { Check } from "../../checks/check.ts";
import { runCheck } from "../../checks/run_check.ts";
import { NotReadyError } from "../../errors.ts";
import { pause } from "../../host/pause.ts";
import type { Notifier } from "../../systemd/notify.ts";
import { shortList } from "./summary.ts";

const POLL_INTERVAL_MS = 250;

/** One way of finding out, asked again and again. */
export interface Probe {
  /** What is waited for, and what was last seen of it, e.g. `checks: http /health status 503`. */
  describe(): string;
  isReady(signal: AbortSignal): Promise<boolean>;
}

export interface WaitOptions {
  readonly notifier: Notifier;
  readonly signal: AbortSignal;
  /** e.g. `the container` */
  readonly what: string;
  readonly timeoutMs: number;
}

/** @throws NotReadyError; the signal's reason when it is aborted */
export async function waitForProbe(
  probe: Probe,
  { what, timeoutMs, notifier, signal }: WaitOptions,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const both = AbortSignal.any([signal, late.signal]);
  let shown = "";
  try {
    while (!await probe.isReady(both)) {
      const secondsLeft = Math.max(0, Math.round((deadlineMs - performance.now()) / 1000));
      const status = `Waiting for ${probe.describe()}, ${secondsLeft} s left`;
      if (status !== shown) notifier.send({ status });
      shown = status;
      await pause(POLL_INTERVAL_MS, both);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!late.signal.aborted) throw error;
    throw new NotReadyError(
      `${what} is not ready within ${timeoutMs / 1000} s; waited for ${probe.describe()}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Each check has to pass once. */
export class ChecksProbe implements Probe {
  /** Those that have not passed, with why they failed last; undefined before the first result. */
  readonly #waiting: Map<Check, string | undefined>;

  constructor(checks: readonly Check[], readonly startedAtMs: number) {
    this.#waiting = new Map(checks.map((check) => [check, undefined]));
  }

  describe(): string {
    const seen = [...this.#waiting].map(([{ name }, reason]) =>
      reason === undefined ? name : `${name} ${reason}`
    );
    return `checks: ${shortList(seen, "; ")}`;
  }

  async isReady(signal: AbortSignal): Promise<boolean> {
    const ranMs = performance.now() - this.startedAtMs;
    const due = [...this.#waiting.keys()].filter(({ startAfterMs }) => ranMs >= startAfterMs);
    await Promise.all(due.map(async (check) => {
      const onLack = (reason: string) => void this.#waiting.set(check, `can not be run: ${reason}`);
      const result = await runCheck(check, signal, onLack);
      if (result?.ok) this.#waiting.delete(check);
      // A run that was broken off has seen nothing new: what was seen before stays the reason.
      else if (result !== undefined) this.#waiting.set(check, result.reason);
    }));
    return this.#waiting.size === 0;
  }
}
