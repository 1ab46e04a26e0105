/** A check wants the tasks restarted: the swarm does it one after the other, by `swarm.update`, as with an update. */
import { NEVER } from "../host/pause.ts";
import type { CheckAction } from "../supervisor/verdicts/monitor.ts";
import { onceSwarmAnswers } from "./reach_swarm.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/** Asks for it. Undefined if the service is gone. @throws EngineError; SwarmUnreachableError; the stop's reason */
export async function restartService(
  service: WatchedService,
  { story, check, count }: CheckAction & { kind: "restart" },
  context: SwarmContext,
): Promise<WatchedService | undefined> {
  const { logger, notifier, swarmEngine, stop } = context;
  const data = { check: check.name, kind: check.kind, restart: count, limit: check.restartLimit };
  const message = story.replace(/^Restarting the container/, "Restarting the tasks");
  logger.log({ severity: "warn", source: "monitoring", message, data });
  notifier.send({ status: message });
  let wanted: number | undefined;
  return await onceSwarmAnswers(service.plan.name, async () => {
    const present = await swarmEngine.inspectService(service.id, stop);
    if (present === undefined) return undefined;
    const { Spec, Version } = present;
    const { TaskTemplate } = Spec;
    const { ForceUpdate = 0 } = TaskTemplate;
    wanted ??= ForceUpdate + 1;
    // What was asked for before, with an answer that was lost, has been done.
    if (ForceUpdate >= wanted) return service;
    const spec = { ...Spec, TaskTemplate: { ...TaskTemplate, ForceUpdate: wanted } };
    await swarmEngine.updateService(
      service.id,
      { spec, registryAuth: undefined, version: Version.Index },
      NEVER,
    );
    return service;
  }, context);
}
