/**
 * The nodes pull with the credentials that the service has, and those of some registries are good for hours only: they are
 * read anew and sent from time to time, which replaces no task.
 */
import { EngineError, EngineUnreachableError } from "../errors.ts";
import { credentialsFor } from "./pinned_image.ts";
import type { ServiceState } from "./service_state.ts";
import { isUpdating } from "./set_labels.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

const INTERVAL_MS = 6 * 3_600_000;
const AGAIN_MS = 300_000;

export class Credentials {
  #sentAtMs: number;

  /** `areFresh`: they have just been sent. */
  constructor(readonly context: SwarmContext, { areFresh }: { readonly areFresh: boolean }) {
    this.#sentAtMs = areFresh ? performance.now() : -Infinity;
  }

  /** Sends them if it is time to, but never while an update runs: that would look like the end of it. */
  async refresh({ plan }: WatchedService, { service }: ServiceState): Promise<void> {
    if (performance.now() - this.#sentAtMs < INTERVAL_MS) return;
    const { Spec: spec, Version } = service;
    if (isUpdating(service)) return;
    this.#sentAtMs = performance.now();
    const { swarmEngine, logger, stop } = this.context;
    const registryAuth = await credentialsFor(plan, this.context);
    if (registryAuth === undefined) return;
    try {
      await swarmEngine.updateService(service.ID, { spec, registryAuth, version: Version.Index }, stop);
    } catch (error) {
      if (!(error instanceof EngineError || error instanceof EngineUnreachableError)) throw error;
      // Somebody else has changed the service just now, or the swarm is away.
      this.#sentAtMs += AGAIN_MS - INTERVAL_MS;
      logger.log({
        severity: "warn",
        source: "docker",
        message: `${error.message}; trying again in ${AGAIN_MS / 60_000} min`,
      });
    }
  }
}
