/** An update of a service that was there: done, or taken back. */
import { firstChange } from "./changed_outside.ts";
import { converge, type ConvergeOptions, type Departure } from "./converge.ts";
import { onceSwarmAnswers } from "./reach_swarm.ts";
import { reclaim } from "./reclaim.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/** The swarm waits a minute for the end of a task that has never found a node. */
const LEAST_BACK_MS = 120_000;

/**
 * Waits until an update is done; yields undefined, or why it is not, once the service is as it was before.
 * @throws SwarmUnreachableError, EngineUnreachableError; the stop's reason
 */
export async function rollOut(
  service: WatchedService,
  context: SwarmContext,
): Promise<Departure | string | undefined> {
  const { loaded: { config: { ready: { timeoutMs } } }, swarm: { update: { monitorMs } }, nodeId, watch } =
    service;
  const options = { nodeId, timeoutMs, monitorMs, isUpdate: true };
  const end = await converge(watch, options, context);
  switch (end.kind) {
    case "converged":
      return undefined;
    case "rolled_back": {
      const { reason } = end;
      if (!end.isWhole) return halfWay(reason, service);
      if (watch.last !== undefined) await reclaim(service, watch.last.service, context);
      // The swarm calls it completed before the last task of before runs again.
      const settled = await converge(watch, { ...options, isUpdate: false, monitorMs: 0 }, context);
      const isThere = settled.kind === "converged" || settled.kind === "late" ||
        settled.kind === "rolled_back";
      return isThere ? `rolled back: ${reason}` : settled;
    }
    case "late": {
      const back = await goBack(service, options, context);
      return typeof back === "string"
        ? `not done within ${timeoutMs / 1000} s: ${end.reason}; ${back}`
        : back;
    }
    default:
      return end;
  }
}

function halfWay(reason: string, { plan: { name } }: WatchedService): string {
  return `${reason}; going back has stopped half-way, see: docker service ps ${name}`;
}

/** Has the swarm go back to the spec before, and waits for that; yields how it went, e.g. `rolled back`. */
export async function goBack(
  service: WatchedService,
  options: ConvergeOptions,
  context: SwarmContext,
): Promise<Departure | string> {
  await onceSwarmAnswers(service.plan.name, async () => {
    const present = await context.swarmEngine.inspectService(service.id, context.stop);
    // Another spec: it has gone back, and the answer to that was lost.
    if (present === undefined || firstChange(service.known, present.Spec) !== undefined) return;
    await context.swarmEngine.rollBackService(present, context.stop);
  }, context);
  const timeoutMs = Math.max(options.timeoutMs, LEAST_BACK_MS);
  const end = await converge(service.watch, { ...options, timeoutMs }, context);
  switch (end.kind) {
    case "rolled_back":
      if (!end.isWhole) return halfWay(end.reason, service);
      if (service.watch.last !== undefined) await reclaim(service, service.watch.last.service, context);
      return "rolled back";
    case "converged":
      return "rolled back";
    case "late":
      return `rolled back, which is not done either: ${end.reason}`;
    default:
      return end;
  }
}
