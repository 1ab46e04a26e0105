/** The end of a container: asked for, or by itself. */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { ContainerEngine, ContainerExit } from "../../engine/engine.ts";
import { checkFailure, type Outcome } from "../outcome.ts";
import { extendTimeout } from "../../systemd/timeout_extension.ts";
import { prefixStatus } from "../../systemd/notify.ts";
import { pingWatchdog } from "../../systemd/watchdog.ts";
import { type CatchUpContext, openLog } from "../log/catch_up.ts";
import type { Context } from "../context.ts";
import { exitMeaning, signalOf } from "./exit_meaning.ts";
import type { LogPump } from "../log/log_pump.ts";
import { unlessStalled, within } from "../../host/pause.ts";
import type { StartedContainer } from "./started_container.ts";

/** The engine's default for a container that has no stop timeout of its own. */
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** What the engine may take on top: SIGKILL, unmounting, its own bookkeeping. */
const STOP_MARGIN_MS = 30_000;
/** For a container whose stop timeout is "for ever". */
const LONGEST_STOP_MS = 24 * 3_600_000;
/** The log stream ends with the container, unless a process outside holds on to its output. */
const DRAIN_TIMEOUT_MS = 10_000;
/** To read a whole log again. */
const LOG_TIMEOUT_MS = 600_000;
const INSPECT_TIMEOUT_MS = 10_000;
/** dockerd gives its containers 15 s to stop (`shutdown-timeout`). */
const ENGINE_SHUTDOWN_MS = 16_000;
const EVENT_GRACE_MS = 500;

/** Asks the container to end, sees to it that it does, and drains its log; what is left of it is removed later. */
export async function stopContainer(
  container: StartedContainer,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { logger, metrics, notifier } = context;
  const inspected = await inspect(container, engine);
  const seconds = inspected?.Config.StopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
  const timeoutMs = seconds < 0 ? LONGEST_STOP_MS : seconds * 1000 + STOP_MARGIN_MS;
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  notifier.send({ status: "Stopping the container" });
  try {
    await engine.stopContainer(container.id, AbortSignal.timeout(timeoutMs));
    const { statusCode } = await container.exit;
    metrics.containerDown({ exitCode: statusCode });
    await drain(container, engine, context);
    logger.log({
      severity: "info",
      source: "service",
      message: `The container has stopped: ${exitMeaning(statusCode, false)}`,
      data: { "exit_code": statusCode },
    });
  } catch (error) {
    const message = `The container did not stop properly: ${error instanceof Error ? error.message : error}`;
    logger.log({ severity: "error", source: "docker", message });
  }
}

export interface PostMortemOptions extends Context {
  readonly engine: ContainerEngine;
  readonly failingChecks: readonly string[];
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
  /** How often checks have had the container restarted. */
  readonly checkRestarts?: number;
}

/** Drains the log of a container that has ended by itself, and writes the one record that tells all about it. */
export async function reportExit(
  container: StartedContainer,
  exit: ContainerExit,
  options: PostMortemOptions,
): Promise<Outcome> {
  const { engine, logger, metrics } = options;
  const { statusCode } = exit;
  metrics.containerDown({ exitCode: statusCode });
  await drain(container, engine, options);
  const oomKilled = await wasOomKilled(container, statusCode, engine);
  const meaning = exitMeaning(statusCode, oomKilled);
  const data = {
    "exit_code": statusCode,
    meaning,
    signal: signalOf(statusCode),
    "oom_killed": oomKilled,
    "ran_seconds": secondsSince(container.startedAtMs),
    ...circumstances(container, options),
    ...(exit.error ? { "engine_error": exit.error } : {}),
  };
  const message = `The container has ended by itself: ${meaning}`;
  logger.log({ severity: statusCode === 0 ? "info" : "error", source: "service", message, data });
  if (statusCode === 0 && await endedWithEngine(container, options)) return { kind: "engine_lost" };
  return { kind: "container_exited", statusCode, oomKilled, meaning };
}

/** The engine may learn of the end first, and of its cause when it has written down that there was none. */
async function wasOomKilled(
  container: StartedContainer,
  statusCode: number,
  engine: ContainerEngine,
): Promise<boolean> {
  if ((await inspect(container, engine))?.State.OOMKilled) return true;
  if (signalOf(statusCode) !== "SIGKILL") return false;
  const { signalled, outOfMemory, brokenOff } = container.end;
  const cause = await within(EVENT_GRACE_MS, Promise.race([signalled, outOfMemory, brokenOff]));
  return cause === "out_of_memory";
}

/** Stops the container that a check has given up, and writes the one record that tells all about it. */
export async function reportFailedCheck(
  container: StartedContainer,
  outcome: Outcome & { kind: "check_failed" },
  options: PostMortemOptions,
): Promise<Outcome> {
  const { engine, logger, notifier, stop, watchdogIntervalMs } = options;
  const story = checkFailure(outcome);
  using _ = pingWatchdog(notifier, watchdogIntervalMs);
  const ranSeconds = secondsSince(container.startedAtMs);
  await stopContainer(container, engine, {
    ...options,
    notifier: prefixStatus(`Failing: ${story}`, notifier),
  });
  // Whoever asks for a stop meanwhile gets what is asked for.
  if (stop.aborted) return { kind: "stopped" };
  const data = {
    check: outcome.check,
    reason: outcome.reason,
    "ran_seconds": ranSeconds,
    ...circumstances(container, options),
  };
  logger.log({ severity: "error", source: "service", message: `The service has failed: ${story}`, data });
  return outcome;
}

function circumstances({ imageDigest, pump }: StartedContainer, options: PostMortemOptions) {
  return {
    restarts: options.restarts,
    "check_restarts": options.checkRestarts ?? 0,
    "failing_checks": options.failingChecks,
    "image_digest": imageDigest,
    "last_lines": pump.lastLines.texts(),
  };
}

function secondsSince(startedAtMs: number): number {
  return Math.round((performance.now() - startedAtMs) / 100) / 10;
}

/**
 * Whether the container has ended because the engine is going down: it stops its containers first, and only then
 * its connections break off. A container that takes its signal for a reason to exit with 0 would else look like one
 * that is done.
 */
async function endedWithEngine({ end }: StartedContainer, { logger, notifier }: Context): Promise<boolean> {
  // The news of the signal and that of the end come by two ways, in either order.
  const cause = await within(EVENT_GRACE_MS, Promise.race([end.signalled, end.brokenOff]));
  if (cause === undefined) return false;
  notifier.send({ status: "The container was stopped from outside; waiting whether the engine goes down" });
  if (await within(ENGINE_SHUTDOWN_MS, end.brokenOff) === undefined) return false;
  const message = "The engine has gone down, and the container with it";
  logger.log({ severity: "error", source: "docker", message });
  return true;
}

function inspect({ id }: StartedContainer, engine: ContainerEngine): Promise<ContainerInspect | undefined> {
  return engine.inspectContainer(id, AbortSignal.timeout(INSPECT_TIMEOUT_MS)).catch(() => undefined);
}

/** Waits until the last line is out. What can not be had is reported, not waited for. */
async function drain(
  container: StartedContainer,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { logger, notifier, output, watchdogIntervalMs } = context;
  using _ = pingWatchdog(notifier, watchdogIntervalMs);
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, AbortSignal.timeout(LOG_TIMEOUT_MS)]);
  const drained = drainLog(container, { engine, logger, signal }).catch((error) => {
    if (giveUp.signal.aborted) return;
    const reason = error instanceof Error ? error.message : error;
    const message = `The last lines of the container are missing: ${reason}`;
    logger.log({ severity: "error", source: "docker", message });
  }).then(() => container.pump.finish());
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
 * What the promise yields; undefined if the log neither ends nor goes on for a while. It goes on as long as whoever
 * reads our output takes his time.
 */
async function settled<T>(promise: Promise<T>, pump: LogPump): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(LOG_TIMEOUT_MS);
  for (;;) {
    const before = pump.chunksRead;
    const result = await within(DRAIN_TIMEOUT_MS, promise);
    if (result !== undefined || deadline.aborted) return result;
    if (before !== undefined && pump.chunksRead === before) return undefined;
  }
}
