/** What is measured of a service, for a time series database: see `influxdb/`. */
import type { UpdateResult } from "./update_result.ts";

/** One run of one check. */
export interface CheckReport {
  /** The check's name, e.g. `http /index.html`. */
  readonly check: string;
  /** The key of the config that it comes from, e.g. `check_http`. */
  readonly kind: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** The HTTP status or exit code that the check got; undefined if it got none, or its kind has none. */
  readonly status: number | undefined;
  /** How often checks have had the container restarted since the program started. */
  readonly restarts: number;
}

/** Takes what is measured; never waits, never throws. */
export interface Metrics {
  check(report: CheckReport): void;
  /** The container is in service from now on; `restarts`: how often systemd has restarted the unit. */
  containerUp(state: { readonly restarts: number }): void;
  /** The container has ended. */
  containerDown(state: { readonly exitCode: number }): void;
  /** What an update has come to. */
  update(result: UpdateResult): void;
}

/** For a service without a database. */
export const NO_METRICS: Metrics = {
  check: () => {},
  containerUp: () => {},
  containerDown: () => {},
  update: () => {},
};
