// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** The row of one service, from the properties of its unit and the status file of its process. */
import type { Host } from "../../host/host.ts";
import {
  type CheckStatus,
  LAST_FAILURE_FILE_NAME,
  type ServiceStatus,
  STATUS_FILE_NAME,
} from "../../logging/status_file.ts";
import type { UnitProperties } from "../systemctl.ts";
import { instanceName } from "./units.ts";

const LIMIT_BYTES = 1024 * 1024;
const RUNTIME_ROOT = "/run";

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
  /** Of the text of the config that the service runs by. */
  readonly config_sha256: string | null;
  readonly checks: readonly CheckStatus[];
  readonly lines: number | null;
  readonly lines_per_minute: number | null;
}

/** `properties`: those that `findUnits` asks for. */
export async function serviceRow(properties: UnitProperties, host: Host): Promise<ServiceRow> {
  const get = (name: string) => properties.get(name) ?? "";
  const state = get("LoadState") === "not-found" ? "not found" : get("ActiveState");
  const folder = runtimeFolder(properties);
  const isUp = state !== "inactive" && state !== "failed" && folder !== undefined;
  const read = isUp ? await readStatus(folder, Number(get("MainPID")), host) : undefined;
  const own = read?.status;
  const failure = isUp ? await host.readFile(`${folder}/${LAST_FAILURE_FILE_NAME}`, LIMIT_BYTES) : undefined;
  return {
    name: instanceName(get("Id")),
    unit: get("Id"),
    state,
    sub: get("SubState"),
    container: read?.unreadable !== undefined ? "unknown" : own === undefined ? "none" : containerState(own),
    container_id: own?.container?.id ?? null,
    image: own?.container?.image ?? null,
    since: (own?.phase === "ready" ? own.container?.started_at : undefined) ??
      parseTimestamp(get("StateChangeTimestamp")),
    restarts: Number(get("NRestarts")),
    result: get("Result"),
    exit_status: Number(get("ExecMainStatus")),
    status: own?.status || get("StatusText"),
    last_failure: failure?.kind === "content" ? new TextDecoder().decode(failure.bytes) : null,
    unreadable: read?.unreadable ?? null,
    config_sha256: own?.config?.sha256 ?? null,
    checks: own?.checks ?? [],
    lines: own?.log.lines ?? null,
    lines_per_minute: own?.log.lines_per_minute ?? null,
  };
}

/** `@1700000000`, or what systemctl before 251 prints in its place; null if the state never was another. */
function parseTimestamp(text: string): string | null {
  const ms = text.startsWith("@") ? Number(text.slice(1)) * 1000 : Date.parse(text.replace(/^\w+ /, ""));
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

function containerState({ phase, container }: ServiceStatus): string {
  if (phase === "stopping") return "stopping";
  if (container === null) return phase === "starting" ? "starting" : "stopped";
  return container.paused ? "paused" : "running";
}

function runtimeFolder(properties: UnitProperties): string | undefined {
  const [folder] = properties.get("RuntimeDirectory")?.split(" ") ?? [];
  return folder ? `${RUNTIME_ROOT}/${folder}` : undefined;
}

/** What the process has written; without a status if it has written nothing yet, but an earlier one has. */
async function readStatus(
  folder: string,
  pid: number,
  host: Host,
): Promise<{ readonly status?: ServiceStatus; readonly unreadable?: string }> {
  const path = `${folder}/${STATUS_FILE_NAME}`;
  const file = await host.readFile(path, LIMIT_BYTES);
  if (file.kind === "missing") return {};
  if (file.kind === "error") return { unreadable: `Cannot read "${path}": ${file.reason}` };
  try {
    const status = JSON.parse(new TextDecoder().decode(file.bytes)) as ServiceStatus;
    return status.pid === pid ? { status } : {};
  } catch {
    return { unreadable: `Cannot read "${path}": it is not what service_runner has written` };
  }
}
