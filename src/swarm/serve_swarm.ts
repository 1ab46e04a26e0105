/**
 * The story of one Swarm service, from a good config to the end:
 * swarm (is this engine a manager?) → apply (create, adopt, update) → ready → supervision → end.
 * Supervision must not take the service down: only a stop that was asked for removes it, and a start that has failed
 * the service that it has created itself.
 */
import { EngineError, EngineUnreachableError, NotReadyError } from "../errors.ts";
import { NEVER } from "../host/pause.ts";
import type { Outcome } from "../supervisor/outcome.ts";
import { type Applied, applyService } from "./apply.ts";
import { type EndOptions, endService, removeService } from "./end_service.ts";
import { ServiceLog } from "./log/service_log.ts";
import type { ReplanService } from "./reload_service.ts";
import { ServiceWatch } from "./service_watch.ts";
import { superviseService } from "./supervise_service.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import { TaskEnds } from "./task_ends.ts";
import type { WatchedService } from "./watched_service.ts";

export interface ServeSwarmOptions extends SwarmContext {
  readonly replan: ReplanService;
  readonly onReloaded: (wanted: WantedService) => Promise<void>;
  readonly restarts: number;
}

/** @throws what the service can not be started or supervised for; it is left as `on_stop` or a failed start has it */
export async function serveSwarm(wanted: WantedService, options: ServeSwarmOptions): Promise<Outcome> {
  const { stop } = options;
  let applied: Applied | undefined;
  let service: WatchedService | undefined;
  try {
    applied = await applyService(wanted, options, { adopt: "fingerprint" });
    if (applied.change !== undefined) warnOfChange(applied.change, options);
    service = await openService(wanted, applied, options);
    const outcome = await superviseService(service, { ...options, how: applied.how });
    if (outcome.kind === "stopped") await end(wanted, service, options);
    return outcome;
  } catch (error) {
    if (error === stop.reason) {
      await end(wanted, service, options);
      return { kind: "stopped" };
    }
    if (applied?.how === "created" && error instanceof NotReadyError) {
      await takeBack(wanted, applied, service, options);
    }
    throw error;
  } finally {
    await service?.watch[Symbol.asyncDispose]();
    await service?.log.close();
  }
}

/** Follows the service's log and its state from now on. */
async function openService(
  wanted: WantedService,
  { service: { ID: id, Spec }, nodeId, how }: Applied,
  context: SwarmContext,
): Promise<WatchedService> {
  const { swarmEngine, logger } = context;
  const terminal = wanted.plan.spec.TaskTemplate.ContainerSpec.TTY ?? false;
  const log = await ServiceLog.open({
    swarm: swarmEngine,
    serviceId: id,
    terminal,
    context,
    logs: wanted.loaded.config.logs,
    isNew: how === "created",
  });
  const ends = new TaskEnds(logger, { lastLines: (taskId) => log.lastLines(taskId) });
  let areOld = how !== "created";
  const watch = new ServiceWatch(id, context, {
    onSeen: (state) => {
      log.setTasks(state.tasks, [...state.nodes.values()]);
      ends.note(state, { areOld });
      areOld = false;
    },
    onNode: (nodeId) => log.noteNodeEvent(nodeId),
  });
  return { ...wanted, id, nodeId, watch, log, ends, known: Spec, since: new Date() };
}

/** Ends the service in its own time: the run's signal is aborted already. */
async function end(wanted: WantedService, service: WatchedService | undefined, context: SwarmContext) {
  const options: EndOptions = {
    signal: NEVER,
    onGone: async () => await service?.log.quiet(),
  };
  await endService(wanted, options, context);
  context.metrics.containerDown({ exitCode: 0 });
}

/** A service that has never become ready is not left to try for ever. What goes wrong here comes second. */
async function takeBack(
  wanted: WantedService,
  { service: { ID } }: Applied,
  service: WatchedService | undefined,
  context: SwarmContext,
): Promise<void> {
  const { logger } = context;
  try {
    await removeService(
      ID,
      wanted,
      { signal: NEVER, onGone: async () => await service?.log.quiet() },
      context,
    );
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof EngineUnreachableError)) throw error;
    logger.log({ severity: "error", source: "docker", message: error.message });
  }
}

function warnOfChange(change: string, { logger }: SwarmContext): void {
  const message = `The service was changed from outside: ${change}; a reload changes it back`;
  logger.log({ severity: "warn", source: "service", message });
}
