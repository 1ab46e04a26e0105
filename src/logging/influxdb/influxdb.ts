/** InfluxDB as the rest of the program sees it; a program that is built without InfluxDB has no more than this. */
import type { Host } from "../../host/host.ts";
import type { Logger } from "../log_record.ts";
import type { Metrics } from "../metrics.ts";
import type { RecordSink } from "../record_sink.ts";
import type { RisingClock } from "../rising_clock.ts";

/** Where records are written to. */
export interface WriteTarget {
  /** The URL of the server, which may have a path, without a slash at its end. */
  readonly location: string;
  /** Undefined if the server wants none. */
  readonly token: string | undefined;
  readonly org: string;
  readonly bucket: string;
}

export interface InfluxdbOptions {
  readonly target: WriteTarget;
  /** How much may wait on disk while the server is away. */
  readonly spoolLimitBytes: number;
  /** `$STATE_DIRECTORY`, where the spool is kept; undefined if systemd has set none: nothing waits on disk then. */
  readonly stateFolder: string | undefined;
  /** The service's name, a tag of every point. */
  readonly service: string;
  readonly host: Host;
  readonly logger: Logger;
  readonly clock: RisingClock;
}

export interface Influxdb {
  /** Takes every record of the log. */
  readonly sink: RecordSink;
  /** Takes what is measured. */
  readonly metrics: Metrics;
  /** Sends what is left, for at most a few seconds; the rest goes to the spool. */
  close(): Promise<void>;
}

/** Never rejects, and does not wait for the server: whether it answers turns out later. */
export type OpenInfluxdb = (options: InfluxdbOptions) => Promise<Influxdb>;
