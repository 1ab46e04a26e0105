/** What a run needs before it can do, and say, anything: log, notifier, the unit's folder. */
import type { ServiceConfig } from "../config/service_config.ts";
import type { Host } from "../host/host.ts";
import { fileStem } from "../host/paths.ts";
import { processIdentity, type ReadProc } from "../host/process_identity.ts";
import { JsonLines } from "../logging/json_lines.ts";
import { NO_METRICS } from "../logging/metrics.ts";
import { OutputQueue } from "../logging/output_queue.ts";
import { preciseNowMs } from "../logging/rising_clock.ts";
import type { Context } from "../supervisor/context.ts";
import { LogPosition } from "../supervisor/log/log_position.ts";
import { RuntimeFolder } from "../host/runtime_folder.ts";
import { StatusFile } from "../logging/status_file.ts";
import { Requests } from "../supervisor/requests.ts";
import { stdoutIsJournal } from "../systemd/journal.ts";
import type { SendResult } from "../systemd/libc.ts";
import type { GreetedEngine } from "./greet_engine.ts";
import { createNotifier } from "../systemd/notify.ts";
import { Watchdog, watchdogIntervalMs } from "../systemd/watchdog.ts";

/** The machine that the program runs on, as `main.ts` hands it in. */
export interface Machine {
  readonly host: Host;
  readonly pid: number;
  /** Ends the run. */
  readonly stopping: AbortController;
  /** Calls back with what nobody in the program has caught. */
  readonly onDefect: (handler: (error: unknown) => void) => void;
  /** Undefined where DOCKER_HOST names no socket. */
  readonly greeted: GreetedEngine | undefined;
  readonly sendDatagram: (address: string, payload: Uint8Array) => SendResult;
  readonly monotonicUsec: () => bigint;
  readonly readProc: ReadProc;
  readonly trimHeap: () => void;
  /** Where standard output leads, as /proc has it. */
  readonly stdoutLink: string | undefined;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
}

/** `config`: undefined where it could not be loaded, which is to be said too. */
export function openContext(
  config: ServiceConfig | undefined,
  { host, pid, readProc, configPath, stopping, ...machine }: Machine & { readonly configPath: string },
): Context {
  const folder = host.env("RUNTIME_DIRECTORY")?.split(":")[0];
  const runtimeFolder = folder === undefined ? undefined : new RuntimeFolder(folder, {
    host,
    onFailure: (message) => logger.log({ severity: "warn", source: "service", message }),
  });
  const logPosition = config?.adopt && runtimeFolder !== undefined
    ? new LogPosition(runtimeFolder, { host, stdoutIsWritable: machine.stdoutIsWritable })
    : undefined;
  const service = config?.name ?? fileStem(configPath);
  const output = new OutputQueue(logPosition?.write ?? host.writeStdout, (error) => {
    // Standard output is gone, and with it the place to say so; the container is worth more than its log.
    notifier.send({ status: `Cannot write the log: ${error instanceof Error ? error.message : error}` });
  });
  const journal = stdoutIsJournal(host.env("JOURNAL_STREAM"), machine.stdoutLink);
  const logger = new JsonLines({ service, output, nowMs: preciseNowMs(), journal });
  const notifier = createNotifier(host.env("NOTIFY_SOCKET"), {
    sendDatagram: machine.sendDatagram,
    onFailure: (message) => logger.log({ severity: "warn", source: "notify", message }),
  });
  const statusFile = runtimeFolder &&
    new StatusFile(runtimeFolder, { service, pid, written: logger.written });
  return {
    host,
    logger,
    output,
    metrics: NO_METRICS,
    notifier: statusFile?.listeningTo(notifier) ?? notifier,
    statusFile,
    stop: stopping.signal,
    cidfiles: new Set(),
    reloads: new Requests(),
    updates: new Requests(),
    identity: processIdentity(pid, readProc) ?? String(pid),
    readProc,
    runtimeFolder,
    logPosition,
    stdoutIsWritable: machine.stdoutIsWritable,
    monotonicUsec: machine.monotonicUsec,
    watchdog: new Watchdog(notifier, watchdogIntervalMs({ env: host.env, pid })),
  };
}
