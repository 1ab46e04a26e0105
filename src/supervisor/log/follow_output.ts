/**
 * A container's output to its last line, from wherever the engine gives it: the live stream first, then its log.
 * In: a pump, and a stream or the engine. Out: a promise that resolves when the last line is out.
 */
import { EngineError } from "../../errors.ts";
import { type CatchUpContext, hasReadableLog, openLog } from "./catch_up.ts";
import type { LogPump } from "./log_pump.ts";

/**
 * Pumps a live stream; where lines come faster than they can be written, the rest comes from the engine's log, which
 * waits. Rejects when a stream breaks off; whoever waits for the last line learns of it.
 */
export function followLive(
  id: string,
  live: ReadableStream<Uint8Array>,
  pump: LogPump,
  context: CatchUpContext,
): Promise<void> {
  const logged = pumpLive(id, live, pump, context);
  logged.catch(() => {});
  return logged;
}

async function pumpLive(
  id: string,
  live: ReadableStream<Uint8Array>,
  pump: LogPump,
  context: CatchUpContext,
): Promise<void> {
  const { engine, logger, signal } = context;
  if (await pump.pumpLive(live, () => hasReadableLog(id, engine, signal)) === "ended") return;
  const message =
    "The container's lines come faster than they can be written: the rest comes from the engine's log";
  logger.log({ severity: "notice", source: "docker", message });
  const { logged } = await resumeOutput(id, pump, context);
  await logged;
}

/** Goes on behind the last line that is out; where the engine keeps no log, with what the container writes from now on. */
export async function resumeOutput(
  id: string,
  pump: LogPump,
  context: CatchUpContext,
): Promise<{ readonly logged: Promise<void> }> {
  const { engine, logger, signal } = context;
  try {
    const { logged } = await openLog(id, pump, context);
    logged.catch(() => {});
    return { logged };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message =
      `Lines may be missing here, what the container wrote meanwhile can not be had: ${error.reason}`;
    logger.log({ severity: "warn", source: "docker", message });
    return { logged: followLive(id, await engine.attachContainer(id, signal), pump, context) };
  }
}
