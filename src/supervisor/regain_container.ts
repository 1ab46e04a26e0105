/**
 * After the connection to the engine is lost: the engine again, and the container again if it has lived on
 * (`live-restore`). The engine's word after its return is what counts.
 */
import { EngineError } from "../errors.ts";
import { hasReadableLog, openLog } from "./log/catch_up.ts";
import type { Context } from "./context.ts";
import { EndWatch } from "./container/end_watch.ts";
import { ENGINE_RETURN_MS, reachEngine } from "./reach_engine.ts";
import type { EngineAccess, Service } from "./service.ts";
import type { RunningContainer, StartedContainer } from "./container/started_container.ts";

/**
 * The service with its container regained, even if only to learn how it has ended; undefined if it is gone.
 * @throws EngineUnreachableError if the engine does not come back; the stop's reason
 */
export async function regainContainer(
  service: Service,
  { engine }: EngineAccess,
  context: Context,
): Promise<Service | undefined> {
  const { logger, stop } = context;
  const { container } = service;
  const { isBehind } = container.pump;
  const lost = isBehind
    ? "The container's lines come faster than they can be written: the rest comes from the engine's log"
    : "The connection to the engine is lost";
  logger.log({ severity: isBehind ? "notice" : "warn", source: "docker", message: lost });
  container.connections.abort(new Error("the engine is lost"));
  await container.logged.catch(() => {});
  await reachEngine(engine, { patienceMs: ENGINE_RETURN_MS }, context);
  const inspected = await engine.inspectContainer(container.id, stop);
  if (inspected === undefined) {
    logger.log({
      severity: "error",
      source: "service",
      message: "The engine is back, but the container is gone",
    });
    return undefined;
  }
  const regained = await reconnect(container, { engine, context });
  if (isBehind) return { ...service, container: regained };
  // What ended while nobody looked ended with the engine, whatever its exit code says.
  if (!inspected.State.Running) return { ...service, container: { ...regained, end: EndWatch.brokenOff() } };
  logger.log({
    severity: "notice",
    source: "docker",
    message: "The engine is back, and the container has lived on",
  });
  return { ...service, container: regained };
}

/** Waits for the end of a running container again, and goes on with its log where it broke off. */
export async function reconnect(
  container: RunningContainer,
  { engine, context }: { readonly engine: EngineAccess["engine"]; readonly context: Context },
): Promise<StartedContainer> {
  const { id, pump } = container;
  const connections = new AbortController();
  const { signal } = connections;
  // It may have ended since it was inspected: then this does not wait.
  const { exit } = await engine.waitContainer(id, "not-running", signal);
  const end = await EndWatch.begin(id, engine, signal);
  let logged: Promise<void>;
  try {
    ({ logged } = await openLog(id, pump, { engine, logger: context.logger, signal }));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message =
      `Lines may be missing here, what the container wrote meanwhile can not be had: ${error.reason}`;
    context.logger.log({ severity: "warn", source: "docker", message });
    const live = await engine.attachContainer(id, signal);
    logged = pump.pumpLive(live, () => hasReadableLog(id, engine, signal));
  }
  logged.catch(() => {});
  return { ...container, exit, logged, end, connections };
}
