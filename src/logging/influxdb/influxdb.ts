/** What the program knows of InfluxDB, also where it is built without it. */
import type { Host } from "../../host/host.ts";
import type { Logger } from "../log_record.ts";
import type { Metrics } from "../metrics.ts";
import type { RecordSink } from "../record_sink.ts";
import type { RisingClock } from "../rising_clock.ts";

export interface WriteTarget {
  /** The URL of the server, without a slash at its end; it may have a path. */
  readonly location: string;
  /** Undefined where the server wants none. */
  readonly token: string | undefined;
  readonly org: string;
  readonly bucket: string;
}

export interface InfluxdbOptions {
  readonly target: WriteTarget;
  /** What may wait on disk. */
  readonly spoolLimitBytes: number;
  /** The folder for it; undefined where there is none. */
  readonly stateFolder: string | undefined;
  readonly service: string;
  readonly host: Host;
  readonly logger: Logger;
  readonly clock: RisingClock;
}

export interface Influxdb {
  readonly sink: RecordSink;
  readonly metrics: Metrics;
  /** Sends what there is, for a few seconds; the rest goes to the disk. */
  close(): Promise<void>;
}

export type OpenInfluxdb = (options: InfluxdbOptions) => Promise<Influxdb>;
