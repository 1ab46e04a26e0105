/** The fields of a record of the log. How they are written: `json_lines.ts`. */

export type Severity = "trace" | "debug" | "info" | "notice" | "warn" | "error" | "fatal";

/** Who speaks; the two `docker_logs` are the container itself, all others the program. */
export type Source =
  | "service"
  | "docker"
  | "notify"
  | "monitoring"
  | "influxdb"
  | "alerts"
  | "docker_logs.stdout"
  | "docker_logs.stderr";

/** A moment in two whole numbers, since a double can not hold nanoseconds since 1970. */
export interface Instant {
  /** Since 1970. */
  readonly seconds: number;
  /** From 0 to 999,999,999. */
  readonly nanos: number;
}

/**
 * What a record means to whoever wants to be told (`alerts/`). `begins`, `ends`: a problem, by a name of its own; `what`: the
 * sentence of its end without how long it has lasted, which an earlier process may have seen begin;
 * `news`: a kind of news, told once for each `id`.
 */
export type LogEvent =
  | { readonly begins: string }
  | { readonly ends: string; readonly what?: string }
  | { readonly news: string; readonly id: string };

/** The problem that the service itself does not run. */
export const SERVICE_PROBLEM = "service";
/**
 * What the record of its end, and of its being ready, begin with. `DONE`: an end that is no problem; `TRIED`: of a container
 * from which there is a way back, so that whoever has tried it says what came of it.
 */
export const FAILURE = { severity: "error", event: { begins: SERVICE_PROBLEM } } as const;
export const READY = { severity: "info", event: { ends: SERVICE_PROBLEM } } as const;
export const DONE = { severity: "info" } as const;
export const TRIED = { severity: "error" } as const;

/** The problem that a check fails, by the key that it comes from and its name. */
export function checkProblem(kind: string, name: string): string {
  return `check ${kind} ${name}`;
}

/** A record as its author gives it; time and context are added where it is written. */
export interface LogEntry {
  readonly severity: Severity;
  readonly source: Source;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly exception?: unknown;
  /** Not printed. */
  readonly event?: LogEvent;
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
