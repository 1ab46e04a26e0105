/**
 * The story of one Swarm service, from a good config to the end:
 * swarm (is this engine a manager?) → apply (create, adopt, update) → ready → supervision → end.
 * Supervision must not take the service down: only a stop that was asked for removes it, and a start that has failed
 * the service that it has created itself.
 */
import { NotReadyError, StopRequest } from "../errors.ts";
import { unlessStalled } from "../host/pause.ts";
import type { Outcome } from "../supervisor/outcome.ts";
import { type Applied, applyService } from "./apply.ts";
import { endService, removeService } from "./end_service.ts";
import { ServiceLog } from "./log/service_log.ts";
import type { ReplanService } from "./reload_service.ts";
import { ServiceWatch } from "./service_watch.ts";
import { superviseService } from "./supervise_service.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import { TaskEnds } from "./task_ends.ts";
import type { WatchedService } from "./watched_service.ts";

/** Under way, or just taken back: an earlier run did not live to see what became of it. */
const UPDATES: readonly (string | undefined)[] = [
  "updating",
  "rollback_started",
  "rollback_paused",
  "paused",
];
const LOG_QUIET_MS = 1_000;
/** Of a service that goes on writing, or of a journal that takes nothing. */
const LONGEST_LOG_MS = 60_000;

export interface ServeSwarmOptions extends SwarmContext {
  readonly replan: ReplanService;
  readonly onReloaded: (wanted: WantedService) => Promise<void>;
  readonly restarts: number;
}

/** @throws what the service can not be started or supervised for; it is left as `on_stop` or a failed start has it */
export async function serveSwarm(wanted: WantedService, options: ServeSwarmOptions): Promise<Outcome> {
  const { stop, output } = options;
  /** What the service is by, a reload included. */
  let latest = wanted;
  const onReloaded = async (next: WantedService) => {
    latest = next;
    await options.onReloaded(next);
  };
  let isKnown = false;
  let applied: Applied | undefined;
  let service: WatchedService | undefined;
  const end = {
    onRemoving: () => service?.log.noteRemoval(),
    onGone: () => untilLogIsOut(service),
  };
  try {
    applied = await applyService(wanted, options, { adopt: "fingerprint", onChange: () => isKnown = true });
    isKnown = true;
    if (applied.change !== undefined) warnOfChange(applied.change, options);
    service = await openService(wanted, applied, options);
    return await superviseService(service, { ...options, onReloaded, how: applied.how });
  } catch (error) {
    if (error === stop.reason) {
      // A fault of ours ends the run, too, and the service goes on.
      if (error instanceof StopRequest) await endService(latest, { ...end, isKnown }, options);
      return { kind: "stopped" };
    }
    // A service that has never become ready is not left to try for ever.
    if (applied?.how === "created" && error instanceof NotReadyError) {
      await removeService(wanted, { ...end, isKnown }, options).catch((second: unknown) => {
        const message = second instanceof Error ? second.message : String(second);
        options.logger.log({ severity: "error", source: "docker", message });
      });
    }
    throw error;
  } finally {
    await service?.watch[Symbol.asyncDispose]();
    if (service !== undefined) await unlessStalled(output, service.log.close());
  }
}

/** Follows the service's log and its state from now on. */
async function openService(
  wanted: WantedService,
  { service: present, nodeId, how }: Applied,
  context: SwarmContext,
): Promise<WatchedService> {
  const { plan: { name }, loaded } = wanted;
  const { swarmEngine, logger } = context;
  const { ID: id, Spec: known } = present;
  const isUpdating = how === "updated" || UPDATES.includes(present.UpdateStatus?.State);
  const log = await ServiceLog.open({
    swarm: swarmEngine,
    service: { id, name },
    isNew: how === "created",
    logs: loaded.config.logs,
    context,
  });
  const ends = new TaskEnds(logger, log);
  let areOld = how !== "created";
  const watch = new ServiceWatch(id, context, {
    onSeen: (state) => {
      log.setTasks({ tasks: state.tasks, nodes: [...state.nodes.values()] });
      ends.note(state, { areOld });
      areOld = false;
    },
    onNode: (changed) => log.noteNodeEvent(changed),
  });
  return { ...wanted, id, nodeId, watch, log, ends, known, isUpdating, since: new Date() };
}

/** The log does not end by itself: it is read until nothing has come for a second. */
async function untilLogIsOut(service: WatchedService | undefined): Promise<void> {
  const late = AbortSignal.timeout(LONGEST_LOG_MS);
  await service?.log.untilQuiet(LOG_QUIET_MS, late).catch((error: unknown) => {
    if (error !== late.reason) throw error;
  });
}

function warnOfChange(change: string, { logger }: SwarmContext): void {
  const message = `The service was changed from outside: ${change}; a reload changes it back`;
  logger.log({ severity: "warn", source: "service", message });
}
