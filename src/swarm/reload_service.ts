/**
 * SIGHUP: the config again, rolled out by the swarm task by task. If the new tasks fail, the swarm goes back by itself,
 * and the reload is refused; if it gets nowhere within `ready.timeout`, it is sent back.
 */
import { ConfigError, EngineUnreachableError, HostError } from "../errors.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { applyService } from "./apply.ts";
import { firstChange } from "./changed_outside.ts";
import type { Departure } from "./converge.ts";
import { onceSwarmAnswers } from "./reach_swarm.ts";
import { rollOut } from "./roll_out.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/** Reads and plans the config anew. @throws ConfigError */
export type ReplanService = () => Promise<WantedService>;

export type ServiceReload =
  | Departure
  /** `refusal`: why the config is not the new one; undefined if it is. */
  | { readonly kind: "reloaded"; readonly service: WatchedService; readonly refusal: string | undefined };

const LONGEST_RELOAD_MS = 3_600_000;

/** @throws SwarmUnreachableError, EngineUnreachableError; the stop's reason */
export async function reloadService(
  service: WatchedService,
  replan: ReplanService,
  context: SwarmContext,
): Promise<ServiceReload> {
  const { notifier, logger, stop } = context;
  notifier.send({ reloadingSinceUsec: context.monotonicUsec(), status: "Reloading" });
  using _ = extendTimeout(notifier, { capMs: LONGEST_RELOAD_MS });
  const result = await carryOut(service, replan, context).catch((error: unknown): ServiceReload => {
    stop.throwIfAborted();
    // The config, the image or the swarm refuses it; a swarm that is away is another matter.
    if (!(error instanceof Error) || error instanceof EngineUnreachableError) throw error;
    return { kind: "reloaded", service, refusal: error.message };
  });
  if (result.kind !== "reloaded" || result.refusal === undefined) return result;
  logger.log({ severity: "error", source: "service", message: `The reload is refused: ${result.refusal}` });
  return result;
}

async function carryOut(
  service: WatchedService,
  replan: ReplanService,
  context: SwarmContext,
): Promise<ServiceReload> {
  const { logger } = context;
  const wanted = await replan();
  refuseWhatNeedsARestart(service, wanted);
  const present = await onceSwarmAnswers(
    service.plan.name,
    () => context.swarmEngine.inspectService(service.id, context.stop),
    context,
  );
  if (present === undefined) return { kind: "gone" };
  const isChanged = firstChange(service.known, present.Spec) !== undefined;
  const applied = await applyService(wanted, context, { adopt: isChanged ? "never" : "image" });
  const next = { ...service, ...wanted, id: applied.service.ID, known: applied.service.Spec };
  if (applied.how === "adopted") {
    service.log.configure(wanted.loaded.config.logs);
    logger.log({ severity: "notice", source: "service", message: "Reloaded: the service stays" });
    return { kind: "reloaded", service: next, refusal: undefined };
  }
  const refusal = await rollOut(next, context);
  if (refusal === undefined) {
    service.log.configure(wanted.loaded.config.logs);
    logger.log({ severity: "notice", source: "service", message: "Reloaded: the service is updated" });
    return { kind: "reloaded", service: next, refusal };
  }
  if (typeof refusal !== "string") return refusal;
  const after = await onceSwarmAnswers(
    service.plan.name,
    () => context.swarmEngine.inspectService(service.id, context.stop),
    context,
  );
  if (after === undefined) return { kind: "gone" };
  return { kind: "reloaded", service: { ...service, known: after.Spec }, refusal };
}

function refuseWhatNeedsARestart(service: WatchedService, { loaded: { file }, plan }: WantedService): void {
  if (plan.name !== service.plan.name) {
    const message = `Cannot change "name" from "${service.plan.name}" to "${plan.name}": stop the unit first`;
    throw new ConfigError(file, [{ path: [], message }], message);
  }
  if ("Global" in plan.spec.Mode !== "Global" in service.plan.spec.Mode) {
    const reason = 'a swarm can not change between "replicas: global" and a number: stop the unit first';
    throw new HostError(`update the service "${plan.name}"`, reason);
  }
}
