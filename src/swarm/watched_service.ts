/** A Swarm service of ours as it is supervised: what outlives one look, one reload. */
import type { ServiceSpec } from "../engine/swarm_types.ts";
import type { ServiceLog } from "./log/service_log.ts";
import type { ServiceWatch } from "./service_watch.ts";
import type { WantedService } from "./swarm_context.ts";
import type { TaskEnds } from "./task_ends.ts";

export interface WatchedService extends WantedService {
  readonly id: string;
  /** The id of the node that supervises it: ours. */
  readonly nodeId: string;
  readonly watch: ServiceWatch;
  readonly log: ServiceLog;
  readonly ends: TaskEnds;
  /** Whether its tasks were being replaced when this run came to it. */
  readonly isUpdating: boolean;
  /** Its spec after the last change of ours; another one means that somebody else has changed it. */
  readonly known: ServiceSpec;
  /** When it became ready for us. */
  readonly since: Date;
}
