/** The units of service_runner, as systemd has them. In: `systemctl show`. Out: what the table needs of each. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { showUnits, type UnitProperties, type UnitsShown } from "../systemctl.ts";

const TEMPLATE = "service_runner@";
const PROPERTIES = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "StatusText",
  "MainPID",
  "NRestarts",
  "ExecMainStatus",
  "StateChangeTimestamp",
  "RuntimeDirectory",
];

export interface UnitState {
  /** e.g. `web` of `service_runner@web.service`; other units in full. */
  readonly name: string;
  readonly unit: string;
  /** active, activating, reloading, deactivating, failed or inactive */
  readonly active: string;
  /** e.g. `running`, `auto-restart`, `dead` */
  readonly sub: string;
  /** `success`, or what failed, e.g. `exit-code`. */
  readonly result: string;
  readonly statusText: string;
  readonly mainPid: number;
  readonly restarts: number;
  readonly exitStatus: number;
  /** When the state was entered; undefined if it never was another. */
  readonly since: Date | undefined;
  /** Below /run. */
  readonly runtimeDirectory: string | undefined;
}

export type UnitsFound =
  | { readonly kind: "units"; readonly units: readonly UnitState[] }
  | Extract<UnitsShown, { kind: "no_systemd" }>;

/** `names`: instances or units; none for all there are. */
export async function findUnits(names: readonly string[], host: Host): Promise<UnitsFound> {
  const wanted = names.length > 0 ? names.map(unitName) : await allUnits(host);
  if (wanted.length === 0) return { kind: "units", units: [] };
  const shown = await showUnits(wanted, PROPERTIES, host);
  return shown.kind === "units" ? { kind: "units", units: shown.units.map(unitState) } : shown;
}

function unitName(name: string): string {
  return /\.\w+$/.test(name) && name.includes("@")
    ? name
    : `${TEMPLATE}${name.replace(/\.service$/, "")}.service`;
}

/** Those that are loaded, and those that are only enabled. */
async function allUnits(host: Host): Promise<string[]> {
  const pattern = `${TEMPLATE}*.service`;
  const options = ["--plain", "--no-legend", "--no-pager"];
  const lists = await Promise.all([
    runProgram({ argv: ["systemctl", "list-units", "--all", ...options, pattern] }, host),
    runProgram({ argv: ["systemctl", "list-unit-files", ...options, pattern] }, host),
  ]);
  const found = lists.flatMap(({ stdout }) =>
    stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "")
  );
  return [...new Set(found)].filter((unit) => unit.startsWith(TEMPLATE) && unit !== `${TEMPLATE}.service`)
    .sort();
}

function unitState(properties: UnitProperties): UnitState {
  const get = (name: string) => properties.get(name) ?? "";
  const unit = get("Id");
  return {
    name: unit.startsWith(TEMPLATE) ? unit.slice(TEMPLATE.length).replace(/\.service$/, "") : unit,
    unit,
    active: get("LoadState") === "not-found" ? "not found" : get("ActiveState"),
    sub: get("SubState"),
    result: get("Result"),
    statusText: get("StatusText"),
    mainPid: Number(get("MainPID")),
    restarts: Number(get("NRestarts")),
    exitStatus: Number(get("ExecMainStatus")),
    since: parseTimestamp(get("StateChangeTimestamp")),
    runtimeDirectory: get("RuntimeDirectory").split(" ")[0] || undefined,
  };
}

/** `@1700000000`, or what systemctl before 248 prints in its place. */
function parseTimestamp(text: string): Date | undefined {
  if (text === "") return undefined;
  const date = text.startsWith("@")
    ? new Date(Number(text.slice(1)) * 1000)
    : new Date(text.replace(/^\w+ /, ""));
  return Number.isNaN(date.getTime()) ? undefined : date;
}
