/** A service that has gone back to its spec of before has the owner of before, too: it is made ours again. */
import type { Service } from "../engine/swarm_types.ts";
import { isSwarmAway } from "./reach_swarm.ts";
import { OWNER_LABEL, ownerOf } from "./service_labels.ts";
import { isUpdating, setLabels } from "./set_labels.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/** Does nothing as long as it still goes back. What fails is tried again at the next look. */
export async function reclaim(
  { nodeId }: Pick<WatchedService, "nodeId">,
  present: Service,
  context: SwarmContext,
): Promise<void> {
  if (ownerOf(present) === nodeId || isUpdating(present)) return;
  try {
    await setLabels(present, { [OWNER_LABEL]: nodeId }, context);
  } catch (error) {
    if (!isSwarmAway(error)) throw error;
  }
}
