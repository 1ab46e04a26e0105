/** What a swarm will be asked: the plan of a service with a section `swarm:`. */
import type { ServiceSpec } from "../../engine/swarm_types.ts";
import type { PlanWarning, PullPolicy } from "../service_rules.ts";

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
