/**
 * From the started container to its last log line.
 * In: a service whose container has been started, its log already being pumped. Out: how it ended.
 */
import { circumstances, reportExit, reportFailedCheck, stopContainer } from "./container/ended_container.ts";
import { READY } from "../logging/log_record.ts";
import { prefixStatus } from "../systemd/notify.ts";
import type { Context } from "./context.ts";
import { warnOfDoubledLog } from "./log/doubled_log.ts";
import type { Outcome } from "./outcome.ts";
import { type Proof, prove } from "./prove.ts";
import { regain } from "./regain.ts";
import { reload, type Reloaded, type Replan } from "./reload.ts";
import { GOING_BACK } from "./replace.ts";
import { restart } from "./restart.ts";
import type { Updater } from "./update/updater.ts";
import type { EngineAccess, Service, Wanted } from "./service.ts";
import { Monitor } from "./verdicts/monitor.ts";
import { watch, type WatchEvent } from "./watch.ts";

export interface SuperviseOptions extends Context {
  /** Reads the config again, for a reload. */
  readonly replan: Replan;
  /** Called when another config holds, be it for the container or for what is around it. */
  readonly onReloaded: (wanted: Wanted) => Promise<void>;
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
  void warnOfDoubledLog(first.container.id, engine, options);
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
  /** There once an update has been asked for. */
  let updater: Updater | undefined;
  /** Goes on with what an exchange of containers has left. */
  const goOn = (left: Pick<Reloaded, "service" | "isProven">) => {
    if (service.container !== left.service.container) monitor.judgeAnew();
    ({ service, isProven } = left);
    if (isProven) return;
    wasReady = false;
    story = GOING_BACK;
  };
  for (;;) {
    const event: Proof | WatchEvent = isProven
      ? await watch(service, access, { ...options, monitor, remark, updater })
      : await prove(service, access, { ...options, notifier: prefixStatus(story, notifier) });
    const postMortem = { ...options, engine, monitor };
    const judged = await updater?.judge(service, event, access, postMortem);
    if (judged !== undefined) {
      goOn(judged);
      continue;
    }
    switch (event.kind) {
      case "ready":
        logger.log({ ...READY, source: "service", message: "The service is ready" });
        isProven = wasReady = true;
        story = undefined;
        break;
      case "reload": {
        options.reloads.take();
        const beforeReplacing = async () => await updater?.beforeReplacing(access, options);
        const reloaded = await reload(service, access, { ...options, beforeReplacing });
        if (service.loaded !== reloaded.service.loaded) await options.onReloaded(reloaded.service);
        goOn(reloaded);
        ({ remark } = reloaded);
        break;
      }
      case "update":
        options.updates.take();
        updater ??= new (await import("./update/updater.ts")).Updater();
        goOn(await updater.ask(service, access, postMortem));
        break;
      case "looked":
      case "settled":
        break;
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
