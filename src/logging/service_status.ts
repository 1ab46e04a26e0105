// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** What the status file of a service says, see `status_file.ts`; and how it is read by others, who need not believe it. */
import * as v from "valibot";
import { UPDATE_STATES, type UpdateResult } from "./update_result.ts";

/** One check. */
export interface CheckStatus {
  readonly name: string;
  readonly kind: string;
  /** As it is judged: one failed run need not make a failing check. */
  readonly ok: boolean;
  /** The durations of its last runs in milliseconds, the newest last; negative if the run failed. */
  readonly history: readonly number[];
  /** How often it has run, and failed, since the process began; not there if an older program has written the file. */
  readonly runs?: number;
  readonly failures?: number;
  /** Of the server's certificate, where the check looks at it. */
  readonly certificate_expires_at?: string;
}

/** Since the process began; none of them ever falls. */
export interface Counters {
  /** What containers have written; bytes without line breaks. */
  readonly log_lines: number;
  readonly log_bytes: number;
  /** How often checks have had the container restarted. */
  readonly restarts: number;
  /** How often an alert could not be delivered, each try counted. */
  readonly alerts_failed: number;
}

/** Of a Swarm service. */
export interface TasksStatus {
  /** Its id. */
  readonly service: string;
  readonly running: number;
  readonly wanted: number;
  /** On how many nodes those that run are. */
  readonly nodes: number;
}

/** The file's content. Times are RFC 3339, in UTC. */
export interface ServiceStatus {
  readonly pid: number;
  readonly service: string;
  readonly phase: "starting" | "ready" | "reloading" | "stopping";
  /** As in `systemctl status`. */
  readonly status: string;
  readonly container: {
    readonly id: string;
    readonly image: string;
    readonly started_at: string;
    readonly paused: boolean;
  } | null;
  /** Of a Swarm service, which has no container of its own. */
  readonly tasks?: TasksStatus;
  /** The config that the service runs by; a reload that was refused leaves the one of before. */
  readonly config: { readonly file: string; readonly sha256: string } | null;
  readonly checks: readonly CheckStatus[];
  /** How many lines the container has written so far, and how many a minute of late. */
  readonly log: { readonly lines: number; readonly lines_per_minute: number };
  /** Not there if an older program has written the file. */
  readonly counters?: Counters;
  /** What the last update came to; null where there was none; not there if an older program has written the file. */
  readonly update?: UpdateResult | null;
  readonly written_at: string;
}

const count = v.pipe(v.number(), v.finite(), v.minValue(0));
/** As `toISOString` writes it. */
const time = v.pipe(v.string(), v.isoTimestamp(), v.check((text) => !Number.isNaN(Date.parse(text))));
/** A thousand checks are many. */
const MOST_CHECKS = 2000;

const check = v.object({
  name: v.string(),
  kind: v.string(),
  ok: v.boolean(),
  history: v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(100)),
  runs: v.exactOptional(count),
  failures: v.exactOptional(count),
  certificate_expires_at: v.exactOptional(time),
});

const counters = v.object({ log_lines: count, log_bytes: count, restarts: count, alerts_failed: count });

const update = v.object({
  request: v.nullable(v.string()),
  state: v.picklist(UPDATE_STATES),
  from: v.nullable(v.string()),
  to: v.nullable(v.string()),
  why: v.nullable(v.string()),
  seen_at: v.nullable(time),
  at: time,
});

const serviceStatus = v.object({
  pid: v.number(),
  service: v.string(),
  phase: v.picklist(["starting", "ready", "reloading", "stopping"]),
  status: v.string(),
  container: v.nullable(
    v.object({ id: v.string(), image: v.string(), started_at: time, paused: v.boolean() }),
  ),
  tasks: v.exactOptional(
    v.object({ service: v.string(), running: count, wanted: count, nodes: count }),
  ),
  config: v.nullable(v.object({ file: v.string(), sha256: v.string() })),
  checks: v.pipe(v.array(check), v.maxLength(MOST_CHECKS)),
  log: v.object({ lines: count, lines_per_minute: count }),
  counters: v.exactOptional(counters),
  update: v.exactOptional(v.nullable(update)),
  written_at: time,
});

/** Undefined for a text that no service has written. */
export function parseStatus(text: string): ServiceStatus | undefined {
  try {
    const parsed = v.safeParse(serviceStatus, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
