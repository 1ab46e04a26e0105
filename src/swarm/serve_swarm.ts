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
import { onceSwarmAnswers } from "./reach_swarm.ts";
import type { ReplanService } from "./reload_service.ts";
import { CONFIG_LABEL } from "./service_labels.ts";
import { ServiceWatch } from "./service_watch.ts";
import { superviseService } from "./supervise_service.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import { TaskEnds } from "./task_ends.ts";
import type { WatchedService } from "./watched_service.ts";

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
  const { plan: { name, spec }, loaded } = wanted;
  const { swarmEngine, logger, stop } = context;
  const look = async (signal: AbortSignal) => {
    const [ofAll, nodes] = await Promise.all([
      // By the label, which they keep when the service is gone.
      swarmEngine.listTasks({ label: CONFIG_LABEL }, signal),
      swarmEngine.listNodes(signal),
    ]);
    return { tasks: ofAll.filter(({ ServiceID }) => ServiceID === id), nodes };
  };
  const opening = {
    swarm: swarmEngine,
    service: { id, name },
    isNew: how === "created",
    terminal: spec.TaskTemplate.ContainerSpec.TTY ?? false,
    logs: loaded.config.logs,
    look,
    context,
    signal: stop,
  };
  const log = await onceSwarmAnswers(name, () => ServiceLog.open(opening), context);
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
  return { ...wanted, id, nodeId, watch, log, ends, known: Spec, since: new Date() };
}

/** Ends the service in its own time: the run's signal is aborted already. */
async function end(wanted: WantedService, service: WatchedService | undefined, context: SwarmContext) {
  const options: EndOptions = { signal: NEVER, onGone: () => untilLogIsOut(service) };
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
    await removeService(ID, wanted, { signal: NEVER, onGone: () => untilLogIsOut(service) }, context);
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof EngineUnreachableError)) throw error;
    logger.log({ severity: "error", source: "docker", message: error.message });
  }
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
