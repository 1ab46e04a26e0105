/** The end of a container: asked for, or by itself. */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { ContainerEngine, ContainerExit } from "../../engine/engine.ts";
import { exitMeaning, exitStory, signalOf } from "../../engine/exit_meaning.ts";
import { EngineError } from "../../errors.ts";
import { DONE, FAILURE, TRIED } from "../../logging/log_record.ts";
import type { Monitor } from "../verdicts/monitor.ts";
import { checkFailure, type Outcome } from "../outcome.ts";
import { extendTimeout } from "../../systemd/timeout_extension.ts";
import { prefixStatus } from "../../systemd/notify.ts";
import type { Context } from "../context.ts";
import { aborted, within } from "../../host/pause.ts";
import { drain } from "./drain.ts";
import type { StartedContainer } from "./started_container.ts";

/** The engine's default for a container that has no stop timeout of its own. */
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** What the engine may take on top: SIGKILL, unmounting, its own bookkeeping. */
const STOP_MARGIN_MS = 30_000;
/** For a container whose stop timeout is "for ever". */
const LONGEST_STOP_MS = 24 * 3_600_000;
const INSPECT_TIMEOUT_MS = 10_000;
/** dockerd gives its containers 15 s to stop (`shutdown-timeout`). */
const ENGINE_SHUTDOWN_MS = 16_000;
const EVENT_GRACE_MS = 500;
/** Of what a SIGKILL that nobody has asked for came from, a busy engine may hear late. */
const MEMORY_GRACE_MS = 2_000;

/**
 * Asks the container to end, sees to it that it does, drains its log and closes its connections; what is left of it
 * is removed later. What fails is logged: whoever stops a container goes on all the same. Nothing happens to one
 * whose connections are closed already.
 */
export async function stopContainer(
  container: StartedContainer,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { logger, metrics } = context;
  if (container.connections.signal.aborted) return;
  try {
    await endContainer(container.id, engine, context);
    const exit = await within(STOP_MARGIN_MS, container.exit);
    if (exit === undefined) throw new Error("the engine does not tell how it has ended");
    const { statusCode } = exit;
    metrics.containerDown({ exitCode: statusCode });
    await drain(container, engine, context);
    logger.log({
      severity: "info",
      source: "service",
      message: `The container has stopped: ${stopMeaning(statusCode)}`,
      data: { "exit_code": statusCode },
    });
  } catch (error) {
    const message = `The container did not stop properly: ${error instanceof Error ? error.message : error}`;
    logger.log({ severity: "error", source: "docker", message });
  } finally {
    container.connections.abort(new Error("the container has been stopped"));
  }
}

/** Of a container that we have asked to end. */
function stopMeaning(statusCode: number): string {
  const code = `exit code ${statusCode}`;
  if (signalOf(statusCode) === "SIGKILL") {
    return `killed, since it did not heed its stop signal in time (${code})`;
  }
  return exitMeaning(statusCode, { oomKilled: false, signals: [], isRemoved: false });
}

/**
 * Has the engine send the stop signal, and SIGKILL after the container's own stop timeout; resolves when it has ended.
 * @throws EngineError when it does not end, EngineUnreachableError
 */
export async function endContainer(
  id: string,
  engine: ContainerEngine,
  { notifier }: Pick<Context, "notifier">,
): Promise<void> {
  const inspected = await inspect(id, engine);
  if (inspected?.State.Running === false) return;
  const seconds = inspected?.Config.StopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
  const timeoutMs = seconds < 0 ? LONGEST_STOP_MS : seconds * 1000 + STOP_MARGIN_MS;
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  notifier.send({ status: "Stopping the container" });
  const late = AbortSignal.timeout(timeoutMs);
  try {
    await engine.stopContainer(id, late);
  } catch (error) {
    if (!late.aborted) throw error;
    throw new EngineError("stop the container", 504, `it has not ended within ${timeoutMs / 1000} s`);
  }
}

export interface PostMortemOptions extends Context {
  readonly engine: ContainerEngine;
  /** Which checks fail, and how often they have had the container restarted; undefined where none has been run. */
  readonly monitor: Pick<Monitor, "failing" | "restarts"> | undefined;
  /** How often systemd has restarted the unit. */
  readonly restarts: number;
  /** There is a container to go back to. */
  readonly isTrial?: boolean;
}

/**
 * Drains the log of a container that has ended by itself, writes the one record that tells all about it, and closes its
 * connections.
 */
export async function reportExit(
  container: StartedContainer,
  exit: ContainerExit,
  options: PostMortemOptions,
): Promise<Outcome> {
  try {
    return await postMortem(container, exit, options);
  } finally {
    container.connections.abort(new Error("the container has ended"));
  }
}

async function postMortem(
  container: StartedContainer,
  exit: ContainerExit,
  options: PostMortemOptions,
): Promise<Outcome> {
  const { engine, logger, metrics, statusFile } = options;
  const { statusCode } = exit;
  statusFile?.unfollow();
  metrics.containerDown({ exitCode: statusCode });
  await drain(container, engine, options);
  const inspected = await inspect(container.id, engine);
  const oomKilled = inspected?.State.OOMKilled || await ranOutOfMemory(container, statusCode);
  const { signals, isBrokenOff } = container.events;
  const isRemoved = inspected === undefined ? !isBrokenOff : /^(removing|dead)$/.test(inspected.State.Status);
  const known = { oomKilled, signals, isRemoved };
  const message = exitStory(statusCode, known);
  const data = {
    "exit_code": statusCode,
    meaning: exitMeaning(statusCode, known),
    signal: signalOf(statusCode),
    "oom_killed": oomKilled,
    "ran_seconds": secondsSince(container.startedAtMs),
    ...circumstances(container, options),
    ...(exit.error ? { "engine_error": exit.error } : {}),
  };
  const meaning = statusCode === 0 ? DONE : options.isTrial ? TRIED : FAILURE;
  logger.log({ ...meaning, source: "service", message, data });
  if (statusCode === 0 && await endedWithEngine(container, options)) return { kind: "engine_lost" };
  return { kind: "container_exited", statusCode, oomKilled, story: message };
}

/** `OOMKilled` is not reliable: the engine may hear of the end before it hears of its cause; the event then tells. */
async function ranOutOfMemory({ events }: StartedContainer, statusCode: number): Promise<boolean> {
  if (signalOf(statusCode) !== "SIGKILL") return false;
  const { signalled, outOfMemory, brokenOff } = events;
  const cause = await within(MEMORY_GRACE_MS, Promise.race([signalled, outOfMemory, brokenOff]));
  return cause === "out_of_memory";
}

/** Stops the container that a check has given up, and writes the one record that tells all about it. */
export async function reportFailedCheck(
  container: StartedContainer,
  outcome: Outcome & { kind: "check_failed" },
  options: PostMortemOptions,
): Promise<Outcome> {
  const { engine, logger, notifier, stop } = options;
  const story = checkFailure(outcome);
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
  logger.log({ ...FAILURE, source: "service", message: `The service has failed: ${story}`, data });
  return outcome;
}

/** What every record of an end has. */
export function circumstances({ imageDigest, pump }: StartedContainer, options: PostMortemOptions) {
  return {
    restarts: options.restarts,
    "check_restarts": options.monitor?.restarts ?? 0,
    "failing_checks": options.monitor?.failing.map(({ name }) => name) ?? [],
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
async function endedWithEngine(
  container: StartedContainer,
  { logger, notifier, stop }: Context,
): Promise<boolean> {
  if (!await endedFromOutside(container)) return false;
  const { events } = container;
  notifier.send({ status: "The container was stopped from outside; waiting whether the engine goes down" });
  const wentDown = Promise.race([events.brokenOff, aborted(stop)]);
  if (await within(ENGINE_SHUTDOWN_MS, wentDown) === undefined) return false;
  const message = "The engine has gone down, and the container with it";
  logger.log({ ...FAILURE, source: "docker", message });
  return true;
}

/** Whether somebody has had it ended, or the engine has. The news of that and of the end come in either order. */
export async function endedFromOutside({ events }: StartedContainer): Promise<boolean> {
  return await within(EVENT_GRACE_MS, Promise.race([events.signalled, events.brokenOff])) !== undefined;
}

/** Undefined also where the engine does not answer. */
function inspect(id: string, engine: ContainerEngine): Promise<ContainerInspect | undefined> {
  return engine.inspectContainer(id, AbortSignal.timeout(INSPECT_TIMEOUT_MS)).catch(() => undefined);
}
