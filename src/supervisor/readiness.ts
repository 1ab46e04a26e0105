/**
 * When a started container counts as ready: `ready.when` of its config.
 * In: the container, its checks, what it says itself. Out: ready, or NotReadyError with what was last seen.
 */
import type { ReadyConfig } from "../config/service_config.ts";
import type { ContainerInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError, NotReadyError } from "../errors.ts";
import type { Check } from "../checks/check.ts";
import { runCheck } from "../checks/run_check.ts";
import { pause } from "../host/pause.ts";
import type { Notifier } from "../systemd/notify.ts";
import type { EngineAccess, Service } from "./service.ts";
import { shortList } from "./verdicts/summary.ts";

const POLL_INTERVAL_MS = 250;

export interface ReadinessOptions {
  /** The service's. */
  readonly checks: readonly Check[];
  readonly notifier: Notifier;
  /** For `when: started`: how long it has to live. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

/** One way of finding out, asked again and again. */
interface Probe {
  /** What is waited for, and what was last seen of it, e.g. `checks: http /health status 503`. */
  describe(): string;
  isReady(signal: AbortSignal): Promise<boolean>;
}

/** @throws NotReadyError; the signal's reason when it is aborted */
export async function waitUntilReady(
  service: Service,
  access: EngineAccess,
  { checks, notifier, settleMs, signal }: ReadinessOptions,
): Promise<void> {
  const { ready } = service.loaded.config;
  if (ready.when === "started") return settleMs === 0 ? undefined : await pause(settleMs, signal);
  const probe = probeFor(ready.when, service, access, checks);
  const deadlineMs = performance.now() + ready.timeoutMs;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ready.timeoutMs);
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
      `the container is not ready within ${ready.timeoutMs / 1000} s; waited for ${probe.describe()}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

function probeFor(
  when: Exclude<ReadyConfig["when"], "started">,
  { container: { id, startedAtMs } }: Service,
  { engine, relay }: EngineAccess,
  checks: readonly Check[],
): Probe {
  if (when === "healthy") return new HealthProbe(engine, id);
  if (when === "checks") {
    const marked = checks.filter(({ forReady }) => forReady);
    return new ChecksProbe(marked.length > 0 ? marked : checks, startedAtMs);
  }
  return {
    describe: () => `READY=1 from the container${relay?.status === undefined ? "" : ` (${relay.status})`}`,
    isReady: () => Promise.resolve(relay?.ready ?? false),
  };
}

/** The engine's own HEALTHCHECK. */
class HealthProbe implements Probe {
  #seen = "starting";

  constructor(readonly engine: ContainerEngine, readonly containerId: string) {}

  describe(): string {
    return `the engine's health check: ${this.#seen}`;
  }

  async isReady(signal: AbortSignal): Promise<boolean> {
    let container: ContainerInspect | undefined;
    try {
      container = await this.engine.inspectContainer(this.containerId, signal);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#seen = error.message;
      return false;
    }
    if (container === undefined) throw new NotReadyError("the container does not exist any more");
    const health = container.State.Health;
    if (health === undefined || health.Status === "none") {
      throw new NotReadyError(
        '"ready.when" is "healthy", but neither the image nor a flag sets a HEALTHCHECK',
      );
    }
    const output = health.Log?.at(-1)?.Output.trim();
    this.#seen = output ? `${health.Status} (${output.slice(0, 200)})` : health.Status;
    return health.Status === "healthy";
  }
}

/** Each check has to pass once. */
class ChecksProbe implements Probe {
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
