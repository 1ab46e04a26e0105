/** One service as it is now: its config, the plan that follows from it, and the container that follows from that. */
import type { LoadedConfig } from "../config/load_config.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { ContainerPlan } from "../plan/container_plan.ts";
import type { NotifyRelay } from "../systemd/notify_relay.ts";
import type { StartedContainer } from "./container/started_container.ts";

/** What is to be run; a reload reads it anew. */
export interface Wanted {
  readonly loaded: LoadedConfig;
  readonly plan: ContainerPlan;
}

export interface Service extends Wanted {
  readonly container: StartedContainer;
}

/** How the engine is reached, and what it understands. */
export interface EngineAccess {
  readonly engine: ContainerEngine;
  readonly apiVersion: string;
  /** Where the container may say that it is ready; there if the config asks for it. */
  readonly relay: NotifyRelay | undefined;
}
