/**
 * From the started container to its last log line.
 * In: a service whose container has been started, its log already being pumped. Out: how it ended.
 */
import type { Outcome } from "./outcome.ts";
import { checksOf, endOf, type ReadyEvent, stopOf, untilReady } from "./become_ready.ts";
import type { Context } from "./context.ts";
import { reportExit, reportFailedCheck, stopContainer } from "./container/ended_container.ts";
import { type CheckAction, Monitor } from "./verdicts/monitor.ts";
import { regainContainer } from "./regain_container.ts";
import { reload, type Replan } from "./reload.ts";
import { restartContainer } from "./restart_container.ts";
import type { EngineAccess, Service } from "./service.ts";
import type { StartedContainer } from "./container/started_container.ts";
import { Watch, type WatchOptions } from "./watch.ts";

export interface SuperviseOptions extends Context {
  /** Reads the config again, for a reload. */
  readonly replan: Replan;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
}

type Event = ReadyEvent | CheckAction | { readonly kind: "reload" };
/** After which there is nothing more to watch. */
type Ending = Extract<Event, { readonly kind: "stop" | "exit" | "fail" | "not_ready" }>;

/** @throws NotReadyError; EngineUnreachableError when the engine is gone for good */
export async function supervise(
  first: Service,
  access: EngineAccess,
  options: SuperviseOptions,
): Promise<Outcome> {
  const { logger, metrics } = options;
  const monitor = new Monitor({ logger, metrics, nowMs: () => performance.now() });
  let service = first;
  let isReady = false;
  /** What the last reload came to, for STATUS=. */
  let remark: string | undefined;
  const next = (): Promise<Event> =>
    isReady ? watch(service, access, { ...options, monitor, remark }) : untilReady(service, access, options);
  let event = await next();
  for (;;) {
    switch (event.kind) {
      case "ready":
        isReady = true;
        logger.log({ severity: "info", source: "service", message: "The service is ready" });
        break;
      case "reload": {
        const { container } = service;
        ({ service, remark } = await reload(service, access, options));
        if (service.container !== container) monitor.judgeAnew();
        break;
      }
      case "restart":
        // What is coming up does not fail yet.
        isReady = false;
        monitor.judgeAnew();
        ({ service, event } = await restartContainer(service, event, access, options));
        continue;
      case "engine_lost": {
        const regained = await regainContainer(service, access, options);
        if (regained === undefined) return { kind: "engine_lost" };
        service = regained;
        break;
      }
      default:
        return await end(service.container, event, { ...options, ...access, monitor });
    }
    event = await next();
  }
}

/** @throws NotReadyError */
async function end(
  container: StartedContainer,
  event: Ending,
  options: SuperviseOptions & EngineAccess & { readonly monitor: Monitor },
): Promise<Outcome> {
  const { engine, monitor } = options;
  const failingChecks = monitor.failing.map(({ name }) => name);
  const postMortem = { ...options, failingChecks, checkRestarts: monitor.restarts };
  switch (event.kind) {
    case "exit":
      return await reportExit(container, event.exit, postMortem);
    case "fail": {
      const { check, reason, restarts } = event;
      return await reportFailedCheck(
        container,
        { kind: "check_failed", check: check.name, reason, restarts },
        postMortem,
      );
    }
    case "not_ready":
      await stopContainer(container, engine, options);
      throw event.error;
    case "stop":
      await stopContainer(container, engine, options);
      return { kind: "stopped" };
  }
}

/** READY=1, and then all that goes on while the container runs, until something happens. */
async function watch(
  service: Service,
  access: EngineAccess,
  context: SuperviseOptions & Pick<WatchOptions, "monitor" | "remark">,
): Promise<Event> {
  const { notifier, stop, reloads } = context;
  context.metrics.containerUp(context);
  const watch = new Watch(service, access, { ...context, checks: checksOf(service, access, context) });
  // A stop that came during the start: the unit is stopping already, it does not become ready any more.
  if (!stop.aborted) notifier.send({ ready: true, status: watch.status });
  const over = new AbortController();
  try {
    const reloading = reloads.next(over.signal).then(() => ({ kind: "reload" as const }));
    return await Promise.race([stopOf(stop), endOf(service.container), reloading, watch.action]);
  } finally {
    over.abort();
    await watch.end();
  }
}
