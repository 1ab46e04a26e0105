/**
 * A check wants the container restarted: it is stopped in its own time and started again, as `docker restart` would do
 * it, so that it keeps its id and its files; its log goes on in the same pump. The unit stays active meanwhile.
 */
import { prefixStatus } from "../systemd/notify.ts";
import { startContainer } from "./container/start_container.ts";
import { endContainer, stopContainer } from "./container/ended_container.ts";
import type { Context } from "./context.ts";
import { onceEngineAnswers } from "./reach_engine.ts";
import type { EngineAccess, Service } from "./service.ts";
import type { CheckAction } from "./verdicts/monitor.ts";

/**
 * The service with its container started again, which then has to prove itself as at the first start.
 * @throws EngineError; EngineUnreachableError if the engine is gone for good; the stop's reason
 */
export async function restart(
  service: Service,
  { story, check, count }: CheckAction & { kind: "restart" },
  access: EngineAccess,
  context: Context,
): Promise<Service> {
  const { logger } = context;
  const { container } = service;
  const { engine } = access;
  const notifier = prefixStatus(story, context.notifier);
  const told = { ...context, notifier };
  const data = { check: check.name, kind: check.kind, restart: count, limit: check.restartLimit };
  logger.log({ severity: "warn", source: "monitoring", message: story, data });
  await stopContainer(container, engine, told);
  const startAgain = async () => {
    // Where the engine went away in the middle of it, the container may run on.
    await endContainer(container.id, engine, told);
    return await startContainer(container.id, container, access, told);
  };
  return { ...service, container: await onceEngineAnswers(startAgain, engine, told) };
}
