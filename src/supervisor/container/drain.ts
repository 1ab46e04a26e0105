/** The rest of a container's output, once it has ended. */
import type { ContainerEngine } from "../../engine/engine.ts";
import { unlessStalled, within } from "../../host/pause.ts";
import { extendTimeout } from "../../systemd/timeout_extension.ts";
import type { Context } from "../context.ts";
import { type CatchUpContext, openLog } from "../log/catch_up.ts";
import type { LogPump } from "../log/log_pump.ts";
import type { StartedContainer } from "./started_container.ts";

/** The log stream ends with the container, unless a process outside holds on to its output. */
const DRAIN_TIMEOUT_MS = 10_000;
/** What the engine holds back is read in far less than so many times of that; a process outside may write for ever. */
const MOST_TIMES = 3;
/** To read a whole log again. */
const LOG_TIMEOUT_MS = 600_000;

/** Waits until the container's last line is out. What can not be had is reported, not waited for. */
export async function drain(
  container: StartedContainer,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { logger, notifier, output } = context;
  using _ = extendTimeout(notifier, { capMs: LOG_TIMEOUT_MS });
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, AbortSignal.timeout(LOG_TIMEOUT_MS)]);
  const drained = drainLog(container, { engine, logger, signal }).catch((error) => {
    if (giveUp.signal.aborted) return;
    const reason = error instanceof Error ? error.message : error;
    const message = `The last lines of the container are missing: ${reason}`;
    logger.log({ severity: "error", source: "docker", message });
  }).then(() => giveUp.signal.aborted ? undefined : container.pump.finish());
  if (await unlessStalled(output, drained)) return;
  giveUp.abort();
  const message = "The last lines of the container are missing: nobody reads standard output";
  notifier.send({ status: message });
  logger.log({ severity: "error", source: "service", message });
}

async function drainLog({ id, logged, pump }: StartedContainer, context: CatchUpContext): Promise<void> {
  const brokenOff = logged.then(() => false, () => true);
  const result = await settled(brokenOff, pump);
  if (result) return await (await openLog(id, pump, context)).logged;
  if (result === false) return;
  const message = "The container's log did not end with the container";
  context.logger.log({ severity: "warn", source: "docker", message });
}

/**
 * What the promise yields; undefined if the log brings nothing for a while and does not end, or goes on and on. While
 * the reader of our own output is slow nothing is read, which does not count.
 */
async function settled<T>(promise: Promise<T>, pump: LogPump): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(LOG_TIMEOUT_MS);
  for (let times = 0;;) {
    const before = pump.chunksRead;
    const result = await within(DRAIN_TIMEOUT_MS, promise);
    if (result !== undefined || deadline.aborted) return result;
    if (before === undefined) continue;
    if (pump.chunksRead === before || (pump.isLive && ++times === MOST_TIMES)) return undefined;
  }
}
