/**
 * From the started container to its last log line.
 * In: a service whose container has been started, its log already being pumped. Out: how it ended.
 */
import type { Outcome } from "../outcome.ts";
import { checksOf, type ContainerEvent, endOf, stopOf, untilReady } from "./become_ready.ts";
import type { Context } from "./context.ts";
import { reportExit, stopContainer } from "./ended_container.ts";
import { regainContainer } from "./regain_container.ts";
import { reload, type Replan } from "./reload.ts";
import type { EngineAccess, Service } from "./service.ts";
import { Watch } from "./watch.ts";

export interface SuperviseOptions extends Context {
  /** Reads the config again, for a reload. */
  readonly replan: Replan;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
}

interface Watched {
  readonly event: ContainerEvent | { readonly kind: "reload" };
  readonly failingChecks: readonly string[];
}

/** @throws NotReadyError; EngineUnreachableError when the engine is gone for good */
export async function supervise(
  first: Service,
  access: EngineAccess,
  options: SuperviseOptions,
): Promise<Outcome> {
  let service = first;
  let isReady = false;
  /** What the last reload came to, for STATUS=. */
  let remark: string | undefined;
  for (;;) {
    const { event, failingChecks } = isReady
      ? await watch(service, access, { ...options, remark })
      : { event: await untilReady(service, access, options), failingChecks: [] };
    switch (event.kind) {
      case "ready":
        isReady = true;
        options.logger.log({ severity: "info", source: "service", message: "The service is ready" });
        break;
      case "not_ready":
        await stopContainer(service.container, access.engine, options);
        throw event.error;
      case "reload":
        ({ service, remark } = await reload(service, access, options));
        break;
      case "engine_lost": {
        const regained = await regainContainer(service, access, options);
        if (regained === undefined) return { kind: "engine_lost" };
        service = regained;
        break;
      }
      case "exit":
        return await reportExit(service.container, event.exit, { ...options, ...access, failingChecks });
      case "stop":
        await stopContainer(service.container, access.engine, options);
        return { kind: "stopped" };
    }
  }
}

/** READY=1, and then all that goes on while the container runs, until something happens. */
async function watch(
  service: Service,
  access: EngineAccess,
  context: SuperviseOptions & { readonly remark: string | undefined },
): Promise<Watched> {
  const { notifier, stop, reloads } = context;
  context.metrics.containerUp(context);
  const watch = new Watch(service, access, { ...context, checks: checksOf(service, access, context) });
  // A stop that came during the start: the unit is stopping already, it does not become ready any more.
  if (!stop.aborted) notifier.send({ ready: true, status: watch.status });
  const over = new AbortController();
  try {
    const reloading = reloads.next(over.signal).then(() => ({ kind: "reload" as const }));
    const event = await Promise.race([stopOf(stop), endOf(service.container), reloading]);
    return { event, failingChecks: watch.failingChecks };
  } finally {
    over.abort();
    await watch.end();
  }
}
