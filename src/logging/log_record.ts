/** The fields of a record of the log. How they are written: `json_lines.ts`. */

export type Severity = "trace" | "debug" | "info" | "notice" | "warn" | "error" | "fatal";

/** Who speaks; the two `docker_logs` are the container itself, all others the program. */
export type Source =
  | "service"
  | "docker"
  | "notify"
  | "monitoring"
  | "influxdb"
  | "docker_logs.stdout"
  | "docker_logs.stderr";

/** A moment in two whole numbers, since a double can not hold nanoseconds since 1970. */
export interface Instant {
  /** Since 1970. */
  readonly seconds: number;
  /** From 0 to 999,999,999. */
  readonly nanos: number;
}

/** A record as its author gives it; time and context are added where it is written. */
export interface LogEntry {
  readonly severity: Severity;
  readonly source: Source;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly exception?: unknown;
}

/** Takes records; never waits, never throws. */
export interface Logger {
  log(entry: LogEntry): void;
}

/** The number of each severity in the journal: sd-daemon(3), `SD_WARNING` and so on. */
export const PRIORITIES: Readonly<Record<Severity, number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  notice: 5,
  warn: 4,
  error: 3,
  fatal: 2,
};
