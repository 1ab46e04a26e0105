/** What the steps of one service's run share. */
import type { Host } from "../host/host.ts";
import type { ReadProc } from "../host/process_identity.ts";
import type { JsonLines } from "../logging/json_lines.ts";
import type { Metrics } from "../logging/metrics.ts";
import type { OutputQueue } from "../logging/output_queue.ts";
import type { Notifier } from "../systemd/notify.ts";
import type { Watchdog } from "../systemd/watchdog.ts";
import type { LogPosition } from "./log/log_position.ts";
import type { Requests } from "./requests.ts";
import type { RuntimeFolder } from "../host/runtime_folder.ts";
import type { StatusFile } from "../logging/status_file.ts";

export interface Context {
  readonly host: Host;
  readonly logger: JsonLines;
  readonly output: OutputQueue;
  readonly metrics: Metrics;
  readonly notifier: Notifier;
  /** Aborted when systemd or the user wants the service to stop. */
  readonly stop: AbortSignal;
  /** The files that hold the id of a container of ours, and go with it (`--cidfile`). */
  readonly cidfiles: Set<string>;
  /** Made by SIGHUP. */
  readonly reloads: Requests;
  /** Made by SIGUSR1. */
  readonly updates: Requests;
  /** Which process this is, see `host/process_identity.ts`. */
  readonly identity: string;
  readonly readProc: ReadProc;
  /** There if the unit has a folder of its own in /run. */
  readonly runtimeFolder: RuntimeFolder | undefined;
  /** There if the container may be adopted by whoever comes after this process. */
  readonly logPosition: LogPosition | undefined;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
  /** There if the unit has a folder of its own. */
  readonly statusFile: StatusFile | undefined;
  /** The time of CLOCK_MONOTONIC. */
  readonly monotonicUsec: () => bigint;
  /** What systemd's watchdog gets to hear. */
  readonly watchdog: Watchdog;
}
