/** What a swarm will be asked: the plan of a service with a section `swarm:`, and what it is made from. */
import type { SwarmConfig } from "../../config/swarm_config.ts";
import type { ServiceSpec } from "../../engine/swarm_types.ts";
import type { RefusedPlan } from "../container_plan.ts";
import type { PlanWarning, PullPolicy } from "../service_rules.ts";

/** The keys of a service's config that make its service in the swarm. */
export interface SwarmServiceInput {
  readonly name: string;
  readonly image: string;
  readonly containerCreateArgs: readonly string[];
  readonly serviceArgs: readonly string[];
  /** Undefined where the config has no such key: then `--pull` decides, and without that it is `always`. */
  readonly pull?: PullPolicy | undefined;
  readonly swarm: SwarmConfig;
  readonly monitor?: { readonly publicNetworkName?: string | undefined };
}

export interface SwarmPlan {
  readonly name: string;
  /** As the user wrote it; the spec may be sent with its digest. */
  readonly image: string;
  /** `always`: its digest must be found; `prefer`: else the tag is sent, with a warning; `missing`: the tag only. */
  readonly pull: Exclude<PullPolicy, "never">;
  /** By `--platform`; else the platforms of the image are sent. */
  readonly platform: string | undefined;
  /** Without the digest of the image, and without the labels that say whose the service is. */
  readonly spec: ServiceSpec;
  readonly warnings: readonly PlanWarning[];
}

export type SwarmPlanResult = { readonly kind: "planned"; readonly plan: SwarmPlan } | RefusedPlan;
