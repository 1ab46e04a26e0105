/** The words that `--priority` and `--source` take. Loaded by the table of all commands, so nothing else is in here. */
import type { Severity, Source } from "../../logging/log_record.ts";

/** Our severities, and syslog's names of the same; each with what journalctl calls it. */
export const LEVELS: Readonly<Record<Severity | "emerg" | "alert" | "crit" | "err" | "warning", string>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  notice: "notice",
  warn: "warning",
  warning: "warning",
  error: "err",
  err: "err",
  fatal: "crit",
  crit: "crit",
  alert: "alert",
  emerg: "emerg",
};

/** Who speaks in a record, in short. */
const SHORT_SOURCES: Readonly<Record<Source, string>> = {
  "docker_logs.stdout": "stdout",
  "docker_logs.stderr": "stderr",
  service: "service",
  docker: "docker",
  notify: "notify",
  monitoring: "monitoring",
  influxdb: "influxdb",
  alerts: "alerts",
};
/** Systemd, and whatever else has written in the unit. */
export const FOREIGN = "systemd";

/** Each word, with the sources of records that it stands for. */
export const SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ["container", ["docker_logs.stdout", "docker_logs.stderr"]],
  ...Object.entries(SHORT_SOURCES).map(([source, short]): [string, string[]] => [short, [source]]),
  [FOREIGN, [FOREIGN]],
]);
