/**
 * A check wants the container restarted: it is stopped in its own time and started again, as `docker restart` would do
 * it, so that it keeps its id and its files; its log goes on in the same pump. The unit stays active meanwhile.
 */
import { EngineError } from "../errors.ts";
import { prefixStatus } from "../systemd/notify.ts";
import { pingWatchdog } from "../systemd/watchdog.ts";
import { type ReadyEvent, untilReady } from "./become_ready.ts";
import { NEVER, startContainer } from "./container/container_life.ts";
import type { Context } from "./context.ts";
import { stopContainer } from "./container/ended_container.ts";
import type { CheckAction } from "./verdicts/monitor.ts";
import type { EngineAccess, Service } from "./service.ts";

export interface Restarted {
  readonly service: Service;
  /** What came first of the container that has been started again; it has to become ready, as at the first start. */
  readonly event: ReadyEvent;
}

/** @throws EngineError, EngineUnreachableError; the stop's reason */
export async function restartContainer(
  service: Service,
  { story, check, count }: CheckAction & { kind: "restart" },
  access: EngineAccess,
  context: Context,
): Promise<Restarted> {
  const { logger, watchdogIntervalMs } = context;
  const { container } = service;
  const notifier = prefixStatus(story, context.notifier);
  const told = { ...context, notifier };
  using _ = pingWatchdog(notifier, watchdogIntervalMs);
  const data = { check: check.name, kind: check.kind, restart: count, limit: check.restartLimit };
  logger.log({ severity: "warn", source: "monitoring", message: story, data });
  await stopContainer(container, access.engine, told);
  const stopped = await access.engine.inspectContainer(container.id, NEVER);
  if (stopped?.State.Running) throw new EngineError("restart the container", 500, "it does not stop");
  container.connections.abort(new Error("the container is restarted"));
  const restarted = { ...service, container: await startContainer(container.id, container, access, told) };
  return { service: restarted, event: await untilReady(restarted, access, told) };
}
