/**
 * When a started container counts as ready: `ready.when` of its config.
 * In: the container, its checks, what it says itself. Out: ready, or NotReadyError with what was last seen.
 */
import type { ReadyConfig } from "../config/service_config.ts";
import type { ContainerInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError, NotReadyError } from "../errors.ts";
import type { Check } from "../checks/check.ts";
import { pause } from "../host/pause.ts";
import type { Notifier } from "../systemd/notify.ts";
import type { EngineAccess, Service } from "./service.ts";
import { ChecksProbe, type Probe, waitForProbe } from "./verdicts/probe.ts";

export interface ReadinessOptions {
  /** The service's. */
  readonly checks: readonly Check[];
  readonly notifier: Notifier;
  /** For `when: started`: how long it has to live. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
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
  await waitForProbe(probe, { what: "the container", timeoutMs: ready.timeoutMs, notifier, signal });
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
