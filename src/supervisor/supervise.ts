/**
 * From the started container to its last log line.
 * In: a service whose container has been started, its log already being pumped. Out: how it ended.
 */
import { circumstances, reportExit, reportFailedCheck, stopContainer } from "./container/ended_container.ts";
import { prefixStatus } from "../systemd/notify.ts";
import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { type Proof, prove } from "./prove.ts";
import { regain } from "./regain.ts";
import { reload, type Replan } from "./reload.ts";
import { GOING_BACK } from "./replace.ts";
import { restart } from "./restart.ts";
import type { EngineAccess, Service } from "./service.ts";
import { Monitor } from "./verdicts/monitor.ts";
import { watch, type WatchEvent } from "./watch.ts";

export interface SuperviseOptions extends Context {
  /** Reads the config again, for a reload. */
  readonly replan: Replan;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
}

/** @throws NotReadyError; EngineUnreachableError when the engine is gone for good */
export async function supervise(
  first: Service,
  access: EngineAccess,
  options: SuperviseOptions,
): Promise<Outcome> {
  const { logger, metrics, notifier } = options;
  const { engine } = access;
  const monitor = new Monitor({ logger, metrics, nowMs: () => performance.now() });
  let service = first;
  /** Whether the present container has ever been ready. */
  let wasReady = false;
  /** Whether it is ready as far as is known; else it has to prove itself. */
  let isProven = false;
  /** Why a container is being started again, for STATUS=; undefined at the first start. */
  let story: string | undefined;
  /** What the last reload came to, for STATUS=. */
  let remark: string | undefined;
  for (;;) {
    const event: Proof | WatchEvent = isProven
      ? await watch(service, access, { ...options, monitor, remark })
      : await prove(service, access, { ...options, notifier: prefixStatus(story, notifier) });
    const postMortem = { ...options, engine, monitor };
    switch (event.kind) {
      case "ready":
        logger.log({ severity: "info", source: "service", message: "The service is ready" });
        isProven = wasReady = true;
        story = undefined;
        break;
      case "reload": {
        const { container } = service;
        ({ service, remark, isProven } = await reload(service, access, options));
        if (!isProven) {
          wasReady = false;
          story = GOING_BACK;
        }
        if (service.container !== container) monitor.judgeAnew();
        break;
      }
      case "restart":
        // The failures of before the restart do not count any more.
        isProven = wasReady = false;
        ({ story } = event);
        monitor.judgeAnew();
        service = await restart(service, event, access, options);
        break;
      case "lost": {
        const regained = await regain(service, access, options);
        if (regained === undefined) return { kind: "engine_lost" };
        service = regained;
        // What has been ready and lives on need not become so again.
        isProven = wasReady && !service.container.hasEnded;
        break;
      }
      case "ended":
        return await reportExit(service.container, event.exit, postMortem);
      case "fail": {
        const { check: { name: check }, reason, restarts } = event;
        return await reportFailedCheck(
          service.container,
          { kind: "check_failed", check, reason, restarts },
          postMortem,
        );
      }
      case "not_ready":
        await stopContainer(service.container, engine, options);
        event.error.circumstances = circumstances(service.container, postMortem);
        throw event.error;
      case "stopped":
        await stopContainer(service.container, engine, options);
        return { kind: "stopped" };
      default:
        return event satisfies never;
    }
  }
}
