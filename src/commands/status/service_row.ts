// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** What is shown of one service: what systemd knows of its unit, and what its process says of itself. */
import type { Host } from "../../host/host.ts";
import { type CheckStatus, type ServiceStatus, STATUS_FILE_NAME } from "../../logging/status_file.ts";
import type { UnitState } from "./units.ts";

const LIMIT_BYTES = 1024 * 1024;
const RUNTIME_ROOT = "/run";

export interface ServiceRow {
  readonly name: string;
  readonly unit: string;
  /** e.g. `active`, `failed`, `activating` */
  readonly state: string;
  readonly sub: string;
  /** `running`, `starting`, `stopping` or `none`, as the process has it. */
  readonly container: string;
  readonly container_id: string | null;
  readonly image: string | null;
  readonly since: string | null;
  readonly restarts: number;
  readonly result: string;
  readonly exit_status: number;
  readonly status: string;
  readonly checks: readonly CheckStatus[];
  readonly lines: number | null;
  readonly lines_per_minute: number | null;
}

export async function serviceRow(unit: UnitState, host: Host): Promise<ServiceRow> {
  const own = await readStatus(unit, host);
  const isUp = own !== undefined;
  return {
    name: unit.name,
    unit: unit.unit,
    state: unit.active,
    sub: unit.sub,
    container: isUp ? containerState(own) : "none",
    container_id: own?.container?.id ?? null,
    image: own?.container?.image ?? null,
    since: (own?.phase === "ready" ? own.container?.started_at : undefined) ?? unit.since?.toISOString() ??
      null,
    restarts: unit.restarts,
    result: unit.result,
    exit_status: unit.exitStatus,
    status: own?.status || unit.statusText,
    checks: own?.checks ?? [],
    lines: own?.log.lines ?? null,
    lines_per_minute: own?.log.lines_per_minute ?? null,
  };
}

function containerState({ phase, container }: ServiceStatus): string {
  if (phase === "stopping") return "stopping";
  return container === null ? "starting" : "running";
}

/** Undefined if there is none, or it is of another process than the one that runs. */
async function readStatus(
  { mainPid, runtimeDirectory, active }: UnitState,
  host: Host,
): Promise<ServiceStatus | undefined> {
  if (runtimeDirectory === undefined || active === "inactive" || active === "failed") return undefined;
  const path = `${RUNTIME_ROOT}/${runtimeDirectory}/${STATUS_FILE_NAME}`;
  // Read while it is being written it may be neither the old one nor the new one.
  for (let attempt = 0; attempt < 3; attempt++) {
    const file = await host.readFile(path, LIMIT_BYTES);
    if (file.kind !== "content") return undefined;
    try {
      const status = JSON.parse(new TextDecoder().decode(file.bytes)) as ServiceStatus;
      return status.pid === mainPid ? status : undefined;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
