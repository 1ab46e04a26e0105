/**
 * From a service that is in the swarm to the end of its supervision.
 * In: a service that was just created, adopted or updated. Out: how it ended; unless a stop was asked for, the service
 * goes on without us.
 */
import { HostError } from "../errors.ts";
import { FAILURE, READY } from "../logging/log_record.ts";
import type { Outcome } from "../supervisor/outcome.ts";
import { Monitor } from "../supervisor/verdicts/monitor.ts";
import type { Departure } from "./converge.ts";
import { Credentials } from "./credentials.ts";
import { becomeReady } from "./ready_service.ts";
import { reloadService, type ReplanService } from "./reload_service.ts";
import { restartService } from "./restart_service.ts";
import { rollOut } from "./roll_out.ts";
import type { ServiceState } from "./service_state.ts";
import { Shortage } from "./shortage.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import { watchService } from "./watch_service.ts";
import type { WatchedService } from "./watched_service.ts";

export interface SuperviseServiceOptions extends SwarmContext {
  /** How the service came to be as it is. */
  readonly how: "created" | "adopted" | "updated";
  readonly replan: ReplanService;
  /** Called when another config holds. */
  readonly onReloaded: (wanted: WantedService) => Promise<void>;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
}

/**
 * @throws NotReadyError; HostError if there is nothing to supervise any more; SwarmUnreachableError,
 * EngineUnreachableError; the stop's reason
 */
export async function superviseService(
  first: WatchedService,
  options: SuperviseServiceOptions,
): Promise<Outcome> {
  const { logger, metrics, reloads, updates, how } = options;
  const nowMs = () => performance.now();
  const monitor = new Monitor({ logger, metrics, nowMs });
  const shortage = new Shortage(logger, nowMs);
  const credentials = new Credentials(options, { areFresh: how !== "adopted" });
  /** What the last reload, or restart by a check, came to, for STATUS=. */
  let remark: string | undefined;
  const unready = await becomeReady(first, options);
  if (unready !== undefined) throw departure(first, unready);
  metrics.containerUp(options);
  logger.log({ ...READY, source: "service", message: "The service is ready" });
  let service: WatchedService = { ...first, since: new Date() };
  for (;;) {
    const onLook = (state: ServiceState) => credentials.refresh(service, state);
    const event = await watchService(service, { ...options, monitor, shortage, remark, onLook });
    switch (event.kind) {
      case "stopped":
        metrics.containerDown({ exitCode: 0 });
        throw options.stop.reason;
      case "reload": {
        reloads.take();
        const reloaded = await reloadService(service, options.replan, options);
        if (reloaded.kind !== "reloaded") throw departure(service, reloaded);
        if (reloaded.service.loaded !== service.loaded) await options.onReloaded(reloaded.service);
        ({ service } = reloaded);
        remark = reloaded.refusal && `reload refused: ${reloaded.refusal}`;
        break;
      }
      case "update": {
        updates.take();
        const message = "A Swarm service has no updates of its own: a reload rolls out the newest image";
        logger.log({ severity: "notice", source: "service", message });
        break;
      }
      case "restart": {
        const restarted = await restartService(service, event, options);
        const failed = restarted === undefined ? { kind: "gone" as const } : await rollOut(service, options);
        if (typeof failed === "object") throw departure(service, failed);
        remark = failed && `restart refused: ${failed}`;
        if (remark !== undefined) {
          logger.log({ severity: "error", source: "service", message: `A ${remark}` });
        }
        monitor.judgeAnew();
        break;
      }
      case "fail": {
        const { check: { name: check }, reason, restarts } = event;
        const message = `The service has failed: check "${check}" fails: ${reason}`;
        logger.log({ ...FAILURE, source: "service", message, data: { check, reason, restarts } });
        return { kind: "check_failed", check, reason, restarts };
      }
      case "too_few_tasks":
        logger.log({ ...FAILURE, source: "service", message: `The service has failed: ${event.reason}` });
        return event;
      default:
        throw departure(service, event);
    }
  }
}

/** What a service that is not ours to supervise any more ends the run with. */
function departure({ plan: { name } }: WatchedService, departed: Departure): HostError {
  const operation = `go on with the service "${name}"`;
  switch (departed.kind) {
    case "gone":
      return new HostError(operation, "somebody has removed it");
    case "no_manager":
      return new HostError(operation, `${departed.reason}; the service stays in the swarm`);
    case "taken":
      return new HostError(operation, `it is supervised on ${departed.by} now`);
  }
}
