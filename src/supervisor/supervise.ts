/**
 * From the started container to its last log line.
 * In: a container that runs, its log already being pumped. Out: how it ended. Ends early with EngineUnreachableError.
 */
import type { MonitorConfig } from "../config/monitor_config.ts";
import type { ContainerEngine, ContainerExit } from "../engine/engine.ts";
import type { Outcome } from "../outcome.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { Context } from "./context.ts";
import { ContainerAddress } from "./monitor/container_address.ts";
import type { Check } from "./monitor/check.ts";
import { httpCheck } from "./monitor/http_check.ts";
import { Monitor } from "./monitor/monitor.ts";
import { presenceCheck } from "./monitor/presence_check.ts";
import { runSchedule } from "./monitor/schedule.ts";
import { aborted } from "./pause.ts";

/** The engine's default for a container that has no stop timeout of its own. */
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** What the engine may take on top: SIGKILL, unmounting, its own bookkeeping. */
const STOP_MARGIN_MS = 30_000;
/** For a container whose stop timeout is "for ever". */
const LONGEST_STOP_MS = 24 * 3_600_000;
/** The log stream ends with the container, unless a process outside holds on to its output. */
const DRAIN_TIMEOUT_MS = 10_000;

export interface StartedContainer {
  readonly id: string;
  readonly exit: Promise<ContainerExit>;
  /** Resolves when the last line is out. */
  readonly logged: Promise<void>;
}

export interface SuperviseOptions extends Context {
  readonly name: string;
  readonly monitor: MonitorConfig;
  /** The config file's folder. */
  readonly folder: string;
  readonly engine: ContainerEngine;
}

export async function supervise(container: StartedContainer, options: SuperviseOptions): Promise<Outcome> {
  const { logger, notifier, stop } = options;
  const startedAtMs = performance.now();
  const since = clockTime(new Date());
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);

  const checks = buildChecks(container, options);
  const nowMs = () => performance.now();
  const status = () => `Running since ${since}, ${monitor.summary()}`;
  const onChange = () => notifier.send({ status: status() });
  const monitor = new Monitor(checks, { logger, nowMs, onChange });
  // A stop that came during the start: the unit is stopping already, it does not become ready any more.
  if (!stop.aborted) notifier.send({ ready: true, status: status() });
  logger.log({
    severity: "info",
    source: "service",
    message: "The container is running",
    data: { container: container.id.slice(0, 12) },
  });

  const checking = runSchedule(checks, {
    signal,
    nowMs,
    onResult: (check, result) => monitor.accept(check, result),
  });
  try {
    const exit = await Promise.race([container.exit, aborted(stop)]);
    if (exit === undefined) return await stopContainer(container, options);
    return await reportExit(container, exit, { ...options, ranMs: performance.now() - startedAtMs });
  } finally {
    ended.abort();
    await checking;
  }
}

function buildChecks({ id }: StartedContainer, options: SuperviseOptions): Check[] {
  const { engine, monitor, name, logger } = options;
  const checks: Check[] = [];
  const present = monitor.checkContainerPresent;
  if (present === true) checks.push(presenceCheck(engine, { name, nameOrId: id }));
  else if (present !== false) checks.push(presenceCheck(engine, { name: present, nameOrId: present }));
  const address = new ContainerAddress(engine, id, monitor.publicNetworkName);
  for (const config of monitor.checkHttp) checks.push(httpCheck(config, { ...options, address }));
  const notRun = [
    ["check_internal_command", monitor.checkInternalCommand.length],
    ["check_shell_command", monitor.checkShellCommand.length],
    ["check_exe", monitor.checkExe.length],
  ] as const;
  for (const [kind, count] of notRun) {
    if (count === 0) continue;
    const message = `Checks of the kind ${kind} are not run by this version; ${count} left out`;
    logger.log({ severity: "warn", source: "monitoring", message, data: { kind, count } });
  }
  return checks;
}

/** Asks the container to end, sees to it that it does, and drains its log. */
async function stopContainer(container: StartedContainer, options: SuperviseOptions): Promise<Outcome> {
  const { engine, logger, notifier } = options;
  const timeoutMs = await stopTimeoutMs(container.id, engine);
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  notifier.send({ status: "Stopping the container" });
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    await engine.stopContainer(container.id, deadline);
    const exit = await container.exit;
    await drain(container, options);
    logger.log({
      severity: "info",
      source: "service",
      message: `The container has stopped, with exit code ${exit.statusCode}`,
      data: { "exit_code": exit.statusCode },
    });
  } catch (error) {
    // What is left of it is removed by force, running or not.
    logger.log({
      severity: "error",
      source: "docker",
      message: `The container did not stop properly: ${error instanceof Error ? error.message : error}`,
    });
  }
  return { kind: "stopped" };
}

async function stopTimeoutMs(id: string, engine: ContainerEngine): Promise<number> {
  const container = await engine.inspectContainer(id, AbortSignal.timeout(STOP_MARGIN_MS)).catch(() =>
    undefined
  );
  const seconds = container?.Config.StopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
  return seconds < 0 ? LONGEST_STOP_MS : seconds * 1000 + STOP_MARGIN_MS;
}

async function reportExit(
  container: StartedContainer,
  exit: ContainerExit,
  options: SuperviseOptions & { readonly ranMs: number },
): Promise<Outcome> {
  const { engine, logger, notifier, stop, ranMs } = options;
  await drain(container, options);
  const inspected = await engine.inspectContainer(container.id, stop).catch(() => undefined);
  const oomKilled = inspected?.State.OOMKilled ?? false;
  const { statusCode } = exit;
  const message = `The container has ended by itself: ${describeExit(statusCode, oomKilled)}`;
  const data = {
    "exit_code": statusCode,
    "oom_killed": oomKilled,
    "ran_seconds": Math.round(ranMs / 100) / 10,
    ...(exit.error ? { engine_error: exit.error } : {}),
  };
  logger.log({ severity: statusCode === 0 ? "info" : "error", source: "service", message, data });
  notifier.send({ status: message });
  return { kind: "container_exited", statusCode, oomKilled };
}

function describeExit(statusCode: number, oomKilled: boolean): string {
  if (oomKilled) return `exit code ${statusCode}, out of memory`;
  const signal = statusCode > 128 && statusCode < 160 ? `, as by signal ${statusCode - 128}` : "";
  return `exit code ${statusCode}${signal}`;
}

/** Waits until the last line is out; a line that does not come in time is reported, not waited for. */
async function drain(container: StartedContainer, { logger }: SuperviseOptions): Promise<void> {
  const timeout = AbortSignal.timeout(DRAIN_TIMEOUT_MS);
  try {
    const result = await Promise.race([container.logged.then(() => "logged" as const), aborted(timeout)]);
    if (result === "logged") return;
    logger.log({
      severity: "warn",
      source: "docker",
      message: "The container's log did not end with the container",
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.log({ severity: "error", source: "docker", message: `The container's log broke off: ${reason}` });
  }
}

/** e.g. `14:02`, in the host's time zone. */
function clockTime(date: Date): string {
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
