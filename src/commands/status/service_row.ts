// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** The row of one service, from the properties of its unit and the status file of its process. */
import { silencedUntilMs } from "../../alerts/silence.ts";
import type { FileRead, Host } from "../../host/host.ts";
import {
  type CheckStatus,
  type Counters,
  parseStatus,
  type ServiceStatus,
} from "../../logging/service_status.ts";
import { LAST_FAILURE_FILE_NAME, STATUS_FILE_NAME } from "../../logging/status_file.ts";
import { isFinal, type UpdateResult } from "../../logging/update_result.ts";
import { readLastUpdate } from "../../update/update_memory.ts";
import type { UnitProperties } from "../systemctl.ts";
import { instanceName, runtimeFolder, stateFolder } from "./units.ts";

const LIMIT_BYTES = 1024 * 1024;

export interface ServiceRow {
  /** e.g. `web` of `service_runner@web.service` */
  readonly name: string;
  readonly unit: string;
  /** e.g. `active`, `failed`, `activating` */
  readonly state: string;
  /** e.g. `running`, `auto-restart`, `dead` */
  readonly sub: string;
  /** `running`, `paused`, `starting`, `stopping`, `stopped` or `none`, as the process has it; `unknown` if that can not be read. */
  readonly container: string;
  readonly container_id: string | null;
  readonly container_started_at: string | null;
  readonly image: string | null;
  readonly since: string | null;
  readonly restarts: number;
  /** `success`, or what failed, e.g. `exit-code` */
  readonly result: string;
  readonly exit_status: number;
  readonly status: string;
  /** How an earlier process of the unit has failed, while systemd restarts it. */
  readonly last_failure: string | null;
  /** Why it is not known what the process has to say. */
  readonly unreadable: string | null;
  /** Until when its alerts sleep; null if they are awake. */
  readonly silenced_until: string | null;
  /** Of the text of the config that the service runs by. */
  readonly config_sha256: string | null;
  readonly checks: readonly CheckStatus[];
  readonly lines: number | null;
  readonly lines_per_minute: number | null;
  /** Since the process began; null where that is not known. */
  readonly counters: Counters | null;
  /** What the last update came to, or how the one that is under way goes on. */
  readonly update: UpdateResult | null;
}

/** What is known of a service without its status file; it seldom changes. */
export interface UnitFacts {
  /** Those that `findUnits` asks for. */
  readonly properties: UnitProperties;
  readonly lastFailure: string | null;
  readonly silencedUntil: string | null;
  readonly endedUpdate: UpdateResult | null;
}

export function readUnitFacts(properties: UnitProperties, host: Host): UnitFacts {
  const folder = isOff(properties) ? undefined : runtimeFolder(properties);
  const failure = folder === undefined ? undefined : readRunFile(`${folder}/${LAST_FAILURE_FILE_NAME}`, host);
  return {
    properties,
    lastFailure: failure?.kind === "content" ? new TextDecoder().decode(failure.bytes) : null,
    silencedUntil: silencedUntil(properties, host),
    endedUpdate: endedUpdate(properties, host),
  };
}

export function serviceRow(properties: UnitProperties, host: Host): ServiceRow {
  return rowOf(
    readUnitFacts(properties, host),
    readStatus(properties, readStatusFile(properties, host)),
  );
}

export function rowOf(facts: UnitFacts, { status: own, unreadable }: StatusRead): ServiceRow {
  const get = (name: string) => facts.properties.get(name) ?? "";
  return {
    name: instanceName(get("Id")),
    unit: get("Id"),
    state: get("LoadState") === "not-found" ? "not found" : get("ActiveState"),
    sub: get("SubState"),
    container: unreadable !== undefined ? "unknown" : own === undefined ? "none" : containerState(own),
    container_id: own?.container?.id ?? null,
    container_started_at: own?.container?.started_at ?? null,
    image: own?.container?.image ?? null,
    since: (own?.phase === "ready" ? own.container?.started_at : undefined) ??
      parseTimestamp(get("StateChangeTimestamp")),
    restarts: Number(get("NRestarts")),
    result: get("Result"),
    exit_status: Number(get("ExecMainStatus")),
    status: own?.status || get("StatusText"),
    last_failure: facts.lastFailure,
    unreadable: unreadable ?? null,
    silenced_until: facts.silencedUntil,
    config_sha256: own?.config?.sha256 ?? null,
    checks: own?.checks ?? [],
    lines: own?.log.lines ?? null,
    lines_per_minute: own?.log.lines_per_minute ?? null,
    counters: own?.counters ?? null,
    update: own?.update ?? facts.endedUpdate,
  };
}

/** As it is remembered from one process to the next; one that an earlier process has begun is not under way any more. */
function endedUpdate(properties: UnitProperties, host: Host): UpdateResult | null {
  const folder = stateFolder(properties);
  const last = folder === undefined ? null : readLastUpdate(folder, host);
  return last !== null && isFinal(last) && !Number.isNaN(Date.parse(last.at)) ? last : null;
}

function silencedUntil(properties: UnitProperties, host: Host): string | null {
  const folder = stateFolder(properties);
  const untilMs = folder === undefined ? undefined : silencedUntilMs(folder, host, Date.now());
  return untilMs === undefined ? null : new Date(untilMs).toISOString();
}

/** `@1700000000`, or what systemctl before 251 prints in its place; null if the state never was another. */
function parseTimestamp(text: string): string | null {
  const ms = text.startsWith("@") ? Number(text.slice(1)) * 1000 : Date.parse(text.replace(/^\w+ /, ""));
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

function containerState({ phase, container, tasks }: ServiceStatus): string {
  if (phase === "stopping") return "stopping";
  if (tasks !== undefined) return `${tasks.running} of ${tasks.wanted} tasks`;
  if (container === null) return phase === "starting" ? "starting" : "stopped";
  return container.paused ? "paused" : "running";
}

/** Undefined for a unit that has no folder of its own. */
export function readStatusFile(properties: UnitProperties, host: Host): FileRead | undefined {
  const folder = runtimeFolder(properties);
  return folder === undefined ? undefined : readRunFile(`${folder}/${STATUS_FILE_NAME}`, host);
}

/** What the unit's process has written, or why that is not known; neither if it has written nothing yet. */
export interface StatusRead {
  readonly status?: ServiceStatus;
  readonly unreadable?: string;
}

/** Of a unit that is not up there is nothing to know; nor of a file that is of an earlier process. */
export function readStatus(properties: UnitProperties, file: FileRead | undefined): StatusRead {
  if (file === undefined || file.kind === "missing" || isOff(properties)) return {};
  const unreadable = (reason: string) => ({
    unreadable: `Cannot read "${runtimeFolder(properties)}/${STATUS_FILE_NAME}": ${reason}`,
  });
  if (file.kind === "error") return unreadable(file.reason);
  const status = parseStatus(new TextDecoder().decode(file.bytes));
  if (status === undefined) return unreadable("it is not what service_runner has written");
  return status.pid === Number(properties.get("MainPID")) ? { status } : {};
}

function isOff(properties: UnitProperties): boolean {
  return ["inactive", "failed"].includes(properties.get("ActiveState") ?? "") ||
    properties.get("LoadState") === "not-found";
}

function readRunFile(path: string, host: Host): FileRead {
  return host.readOthersFile(path, LIMIT_BYTES, { followsLinks: false });
}
