/** What is measured of a service, beside what it says: for a time series database, see `influxdb/`. */

/** One run of one check. */
export interface CheckReport {
  /** The check's name, e.g. `http /index.html`. */
  readonly check: string;
  /** The key of the config that it comes from, e.g. `check_http`. */
  readonly kind: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** What the check got: an HTTP status, the exit code of a command; undefined if it has none, or got none. */
  readonly status: number | undefined;
  /** How often checks have had the container restarted since the program started. */
  readonly restarts: number;
}

/** Takes what is measured; never waits, never fails. */
export interface Metrics {
  check(report: CheckReport): void;
  /** The container is in service from now on; `restarts`: how often systemd has restarted the unit. */
  containerUp(state: { readonly restarts: number }): void;
  /** The container has ended. */
  containerDown(state: { readonly exitCode: number }): void;
}

/** Where nobody wants them. */
export const NO_METRICS: Metrics = { check: () => {}, containerUp: () => {}, containerDown: () => {} };
