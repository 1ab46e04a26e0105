/** What a run needs before it can do, and say, anything: log, notifier, signals. */
import type { ServiceConfig } from "../config/service_config.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { Host } from "../host/host.ts";
import { JsonLines } from "../logging/json_lines.ts";
import { NO_METRICS } from "../logging/metrics.ts";
import { OutputQueue } from "../logging/output_queue.ts";
import { preciseNowMs } from "../logging/rising_clock.ts";
import type { Context } from "../supervisor/context.ts";
import { LogPosition } from "../supervisor/log/log_position.ts";
import { StatusFile, type StatusFileOptions } from "../supervisor/status_file.ts";
import { Requests } from "../supervisor/requests.ts";
import { stdoutIsJournal } from "../systemd/journal.ts";
import type { SendResult } from "../systemd/libc.ts";
import { createNotifier } from "../systemd/notify.ts";
import { watchdogIntervalMs } from "../systemd/watchdog.ts";

/** The real things, which `main.ts` hands in. */
export interface World {
  readonly host: Host;
  readonly pid: number;
  readonly connectEngine: (socketPath: string) => ContainerEngine;
  readonly sendDatagram: (address: string, payload: Uint8Array) => SendResult;
  readonly monotonicUsec: () => bigint;
  readonly trimHeap: () => void;
  /** Where standard output leads, as /proc has it. */
  readonly stdoutLink: string | undefined;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
}

/** `config`: undefined where it could not be loaded, which is to be said too. */
export function openContext(
  config: ServiceConfig | undefined,
  { host, pid, configPath, stopping, ...world }: World & { configPath: string; stopping: AbortController },
): Context {
  const runtimeFolder = host.env("RUNTIME_DIRECTORY")?.split(":")[0];
  const logPosition = config?.adopt && runtimeFolder !== undefined
    ? new LogPosition(runtimeFolder, { host, stdoutIsWritable: world.stdoutIsWritable })
    : undefined;
  const write = logPosition === undefined
    ? host.writeStdout
    : (bytes: Uint8Array, isLast: boolean) => logPosition.write(bytes, isLast);
  const service = config?.name ?? instanceName(configPath);
  const output = new OutputQueue(write, (error) => {
    // Standard output is gone, and with it the place to say so; the container is worth more than its log.
    notifier.send({ status: `Cannot write the log: ${error instanceof Error ? error.message : error}` });
  });
  const journal = stdoutIsJournal(host.env("JOURNAL_STREAM"), world.stdoutLink);
  const logger = new JsonLines({ service, output, nowMs: preciseNowMs(), journal });
  const notifier = createNotifier(host.env("NOTIFY_SOCKET"), {
    sendDatagram: world.sendDatagram,
    onFailure: (message) => logger.log({ severity: "warn", source: "notify", message }),
  });
  const statusFile = openStatusFile(runtimeFolder, { host, service, pid }, logger);
  return {
    host,
    logger,
    output,
    metrics: NO_METRICS,
    notifier: statusFile?.listeningTo(notifier) ?? notifier,
    statusFile,
    stop: stopping.signal,
    reloads: new Requests(),
    runtimeFolder,
    logPosition,
    monotonicUsec: world.monotonicUsec,
    watchdogIntervalMs: watchdogIntervalMs({ env: host.env, pid }),
  };
}

/** A service without it runs as well: nobody but `service_runner status` looks at it. */
function openStatusFile(
  folder: string | undefined,
  options: StatusFileOptions,
  logger: JsonLines,
): StatusFile | undefined {
  if (folder === undefined) return undefined;
  try {
    return new StatusFile(folder, options);
  } catch (error) {
    const message = `Cannot keep the status for "service_runner status" in "${folder}": ${
      error instanceof Error ? error.message : error
    }`;
    logger.log({ severity: "warn", source: "service", message });
    return undefined;
  }
}

/** SIGTERM and SIGINT end the run, SIGHUP reloads. */
export function listenToSignals(
  { host, logger, notifier, reloads }: Context,
  stopping: AbortController,
): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    host.onSignal(signal, () => {
      // Whoever asks twice gets the same orderly end.
      if (stopping.signal.aborted) return;
      notifier.send({ stopping: true, status: "Stopping" });
      logger.log({ severity: "info", source: "service", message: `Stopping, as ${signal} asks for` });
      stopping.abort(new Error(`stopped by ${signal}`));
    });
  }
  host.onSignal("SIGHUP", () => reloads.make());
}

export function warnWithoutNotify({ host, logger }: Context): void {
  if (host.env("NOTIFY_SOCKET") !== undefined) return;
  const message =
    "NOTIFY_SOCKET is not set: nobody is told when the service is ready (it is set by systemd, " +
    "in a unit of Type=notify)";
  logger.log({ severity: "warn", source: "notify", message });
}

/** The records' `service` while there is no config to name it: as the unit's instance is called. */
function instanceName(configPath: string): string {
  return configPath.slice(configPath.lastIndexOf("/") + 1).replace(/\.ya?ml$/, "");
}
