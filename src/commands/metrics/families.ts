/**
 * The services of this machine as metrics.
 * In: the rows of `status`. Out: families of samples, named by the rules of prometheus.io/docs/practices/naming. What is
 * not known of a service is left out: a 0 would be a statement.
 */
import manifest from "../../../deno.json" with { type: "json" };
import type { CheckStatus } from "../../logging/service_status.ts";
import { isFinal } from "../../logging/update_result.ts";
import type { ServiceRow } from "../status/service_row.ts";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  /** Without `_total` and `_info`. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "info";
  /** The last word of the name, where it is one. */
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What a family says of one service. */
interface Measure extends Omit<Family, "samples"> {
  readonly of: (row: ServiceRow) => readonly (Sample | number | undefined)[];
}

/** systemd's, see org.freedesktop.systemd1(5), `ActiveState`. */
const STATES = ["active", "reloading", "inactive", "failed", "activating", "deactivating"];

const MEASURES: readonly Measure[] = [
  {
    name: "service_runner",
    type: "info",
    help: "The image that the service's container has, and the version of service_runner that says so.",
    of: ({ image }) => [{ labels: { ...image !== null && { image }, version: manifest.version }, value: 1 }],
  },
  {
    name: "service_runner_service_up",
    type: "gauge",
    help: "Whether the service's unit is active, that is, its container has been ready.",
    of: ({ state }) => [Number(state === "active" || state === "reloading")],
  },
  {
    name: "service_runner_service_state",
    type: "gauge",
    help: "1 for the state that the service's unit is in, 0 for each other.",
    of: (row) => STATES.map((state) => ({ labels: { state }, value: Number(state === row.state) })),
  },
  {
    name: "service_runner_container_start_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the service's container was started, in seconds since 1970.",
    of: ({ container_started_at: startedAt }) => [seconds(startedAt)],
  },
  {
    name: "service_runner_status_readable",
    type: "gauge",
    help: "Whether it could be read what the service says of itself; if not, most of the others are missing.",
    of: ({ unreadable }) => [Number(unreadable === null)],
  },
  {
    name: "service_runner_restarts",
    type: "counter",
    help: "How often systemd has restarted the unit, and how often checks have had the container restarted.",
    of: ({ restarts, counters }) => [
      { labels: { by: "systemd" }, value: restarts },
      ...counters === null ? [] : [{ labels: { by: "check" }, value: counters.restarts }],
    ],
  },
  {
    name: "service_runner_check_success",
    type: "gauge",
    help: "Whether the check passes, as its thresholds have it.",
    of: perCheck(({ ok }) => Number(ok)),
  },
  {
    name: "service_runner_check_duration_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How long the check's last run took.",
    of: perCheck(({ history }) => history.length === 0 ? undefined : Math.abs(history.at(-1)!) / 1000),
  },
  {
    name: "service_runner_check_runs",
    type: "counter",
    help: "How often the check has run, by how that ended.",
    of: ({ checks }) =>
      checks.flatMap((check) => {
        const { runs, failures } = check;
        if (runs === undefined || failures === undefined) return [];
        const passed = Math.max(0, runs - failures);
        return [
          { labels: { ...labelsOf(check), result: "success" }, value: passed },
          { labels: { ...labelsOf(check), result: "failure" }, value: failures },
        ];
      }),
  },
  {
    name: "service_runner_certificate_expiry_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the certificate that the check looks at expires, in seconds since 1970.",
    of: perCheck(({ certificate_expires_at: at }) => seconds(at ?? null)),
  },
  {
    name: "service_runner_log_lines",
    type: "counter",
    help: "How many lines the service's containers have written.",
    of: ({ counters }) => [counters?.log_lines],
  },
  {
    name: "service_runner_log_bytes",
    type: "counter",
    unit: "bytes",
    help: "How much the service's containers have written, without line breaks.",
    of: ({ counters }) => [counters?.log_bytes],
  },
  {
    name: "service_runner_update_available",
    type: "gauge",
    help:
      "Whether the last look for a newer image has found one that may run, and does not yet; one that was taken back is none.",
    of: (row) => [isUpdateAvailable(row)],
  },
  {
    name: "service_runner_last_update_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the last update, or look for one, ended, in seconds since 1970.",
    of: ({ update }) => [update !== null && isFinal(update) ? seconds(update.at) : undefined],
  },
  {
    name: "service_runner_alerts_failed",
    type: "counter",
    help: "How often an alert could not be delivered, each try counted.",
    of: ({ counters }) => [counters?.alerts_failed],
  },
];

/** Without those that have no sample. */
export function metricFamilies(rows: readonly ServiceRow[]): Family[] {
  return MEASURES.map(({ of, ...family }) => ({
    ...family,
    samples: rows.flatMap((row) =>
      of(row).filter((sample) => sample !== undefined).map((sample) => {
        const { labels, value } = typeof sample === "number" ? { labels: {}, value: sample } : sample;
        return { labels: { service: row.name, ...labels }, value };
      })
    ),
  })).filter(({ samples }) => samples.length > 0);
}

function perCheck(value: (check: CheckStatus) => number | undefined): Measure["of"] {
  return ({ checks }) =>
    checks.map((check) => {
      const found = value(check);
      return found === undefined ? undefined : { labels: labelsOf(check), value: found };
    });
}

function labelsOf({ name, kind }: CheckStatus): Sample["labels"] {
  return { check: name, kind };
}

/** 1, 0, or undefined where the last look has not found out. */
function isUpdateAvailable({ update, state }: ServiceRow): number | undefined {
  switch (update?.state) {
    case "available":
    case "waiting":
      return 1;
    case "pulled":
      // It has been started since, or will be.
      return Number(state !== "active");
    case undefined:
    case "updating":
    case "skipped":
    case "failed":
      return undefined;
    default:
      return 0;
  }
}

function seconds(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time) / 1000;
}
