/** What the steps of one service's run share. */
import type { Host } from "../host/host.ts";
import type { JsonLines } from "../logging/json_lines.ts";
import type { Metrics } from "../logging/metrics.ts";
import type { OutputQueue } from "../logging/output_queue.ts";
import type { Notifier } from "../systemd/notify.ts";
import type { Requests } from "./requests.ts";

export interface Context {
  readonly host: Host;
  readonly logger: JsonLines;
  readonly output: OutputQueue;
  readonly metrics: Metrics;
  readonly notifier: Notifier;
  /** Aborted when systemd or the user wants the service to stop. */
  readonly stop: AbortSignal;
  /** Made by SIGHUP. */
  readonly reloads: Requests;
  /** The unit's own folder in /run (`RuntimeDirectory=`). */
  readonly runtimeFolder: string | undefined;
  /** The time of CLOCK_MONOTONIC. */
  readonly monotonicUsec: () => bigint;
  /** How often systemd's watchdog wants to be fed; undefined where it does not watch. */
  readonly watchdogIntervalMs: number | undefined;
}
