/**
 * After the connection to the engine is lost: the engine again, and the container again if it has lived on
 * (`live-restore`). The engine's word after its return is what counts.
 */
import type { ContainerInspect } from "../engine/api_types.ts";
import { EventWatch } from "../engine/event_watch.ts";
import type { Context } from "./context.ts";
import type { RunningContainer, StartedContainer } from "./container/started_container.ts";
import { aborted, unlessStalled } from "../host/pause.ts";
import { FAILURE } from "../logging/log_record.ts";
import { resumeOutput } from "./log/follow_output.ts";
import { onceEngineAnswers } from "./reach_engine.ts";
import type { EngineAccess, Service } from "./service.ts";

/**
 * The service with its container regained, even if only to learn how it has ended (`hasEnded`); undefined if the
 * engine knows of it no more.
 * @throws EngineUnreachableError if the engine does not come back; the stop's reason
 */
export async function regain(
  service: Service,
  { engine }: EngineAccess,
  context: Context,
): Promise<Service | undefined> {
  const { logger, stop } = context;
  const { container } = service;
  logger.log({ severity: "warn", source: "docker", message: "The connection to the engine is lost" });
  container.connections.abort(new Error("the engine is lost"));
  // The reader of our own output may have stalled.
  const logged = unlessStalled(context.output, container.logged.catch(() => {}));
  await Promise.race([logged, aborted(stop)]);
  const regained = await onceEngineAnswers(
    async () => {
      const inspected = await engine.inspectContainer(container.id, stop);
      return inspected && await reconnect(container, inspected.State, { engine, logger });
    },
    engine,
    context,
  );
  if (regained === undefined) {
    const message = "The engine is back, but the container is gone";
    logger.log({ ...FAILURE, source: "service", message });
    return undefined;
  }
  if (!regained.hasEnded) {
    const message = "The engine is back, and the container has lived on";
    logger.log({ severity: "notice", source: "docker", message });
  }
  return { ...service, container: regained };
}

/** Waits for the container's end again, and goes on with its log where it broke off. */
export async function reconnect(
  container: RunningContainer,
  { Running: isRunning, Paused: isPaused }: Pick<ContainerInspect["State"], "Running" | "Paused">,
  { engine, logger }: Pick<EngineAccess, "engine"> & Pick<Context, "logger">,
): Promise<StartedContainer> {
  const { id, pump } = container;
  const connections = new AbortController();
  const { signal } = connections;
  try {
    // If it has ended since it was inspected, this wait is over at once.
    const { exit } = await engine.waitContainer(id, "not-running", signal);
    // What ended while nobody looked has ended with the engine, whatever its exit code says.
    const events = isRunning
      ? await EventWatch.begin(id, engine, { signal, isPaused })
      : EventWatch.brokenOff();
    const { logged } = await resumeOutput(id, pump, { engine, logger, signal });
    return { ...container, exit, logged, events, connections, hasEnded: !isRunning };
  } catch (error) {
    connections.abort();
    throw error;
  }
}
