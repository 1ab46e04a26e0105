/** What the steps of a Swarm service's life share. */
import type { LoadedConfig } from "../config/load_config.ts";
import type { SwarmConfig } from "../config/swarm_config.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { SwarmEngine } from "../engine/swarm_engine.ts";
import type { SwarmPlan } from "../plan/swarm/swarm_plan.ts";
import type { Context } from "../supervisor/context.ts";

/** What is to be run; a reload reads it anew. */
export interface WantedService {
  readonly loaded: LoadedConfig;
  /** Of `loaded`, where it has to be there. */
  readonly swarm: SwarmConfig;
  readonly plan: SwarmPlan;
}

export interface SwarmContext extends Context {
  readonly engine: ContainerEngine;
  readonly swarmEngine: SwarmEngine;
  readonly apiVersion: string;
}
