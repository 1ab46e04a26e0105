/** From a container that exists to one that runs, and is read and watched. */
import { EventWatch } from "../../engine/event_watch.ts";
import { NEVER } from "../../host/pause.ts";
import type { Context } from "../context.ts";
import { followLive } from "../log/follow_output.ts";
import type { LineCounts } from "../log/log_position.ts";
import { LogPump } from "../log/log_pump.ts";
import type { EngineAccess, Wanted } from "../service.ts";
import type { StartedContainer } from "./started_container.ts";

/** The pump of a container's lines; `counts`: those that are out already, by another process. */
export function createPump(
  id: string,
  { loaded, plan, counts }: Wanted & { readonly counts?: LineCounts },
  context: Context,
): LogPump {
  const { logger, output, logPosition } = context;
  return new LogPump({
    ...(counts && { counts }),
    terminal: plan.create.body.Tty === true,
    records: logger.containerLines(loaded.config.logs),
    clock: logger.clock,
    output,
    logger,
    ...(logPosition && { onBegin: (counts: () => LineCounts) => logPosition.follow(id, counts) }),
  });
}

/**
 * Starts a container that exists; its log is read, and its end waited for, from before the start. `onStarting` is called
 * when the engine has been asked for it, which takes it a fifth of a second and more.
 */
export async function startContainer(
  id: string,
  { imageDigest, pump, onStarting = () => {} }: {
    readonly imageDigest: string;
    readonly pump: LogPump;
    readonly onStarting?: () => void;
  },
  { engine, relay }: EngineAccess,
  context: Context,
): Promise<StartedContainer> {
  const { logger, notifier, stop } = context;
  stop.throwIfAborted();
  const connections = new AbortController();
  try {
    const [log, { exit }, events] = await Promise.all([
      engine.attachContainer(id, connections.signal),
      engine.waitContainer(id, "next-exit", connections.signal),
      EventWatch.begin(id, engine, connections),
    ]);
    const logged = followLive(id, log, pump, { engine, logger, signal: connections.signal });
    await relay?.reset();
    stop.throwIfAborted();
    notifier.send({ status: "Starting the container" });
    const starting = engine.startContainer(id, NEVER);
    onStarting();
    await starting;
    const startedAtMs = performance.now();
    return { id, startedAtMs, imageDigest, exit, pump, logged, events, connections, hasEnded: false };
  } catch (error) {
    connections.abort();
    throw error;
  }
}
