/** The units of service_runner on this machine, as systemd has them. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { showUnits, type UnitProperties, type UnitsShown } from "../systemctl.ts";

export const TEMPLATE = "service_runner@";
/** The properties that the table needs, see org.freedesktop.systemd1(5). */
export const STATUS_PROPERTIES =
  "Id,LoadState,ActiveState,SubState,Result,StatusText,MainPID,NRestarts,ExecMainStatus," +
  "StateChangeTimestamp,RuntimeDirectory,UnitFileState,ExecStart";
/** Where the shipped unit has the configs. */
const CONFIGS = "/srv/config";
/** systemd.unit(5): other names would have to be escaped. */
const INSTANCE_CONFIG = /^[\w:.\\-]+\.yaml$/;

/** The properties of units. `names`: instances or units; empty for all services. */
export async function findUnits(
  names: readonly string[],
  host: Host,
  properties: string = STATUS_PROPERTIES,
): Promise<UnitsShown> {
  const units = names.length > 0 ? names.map(unitName) : await allUnits(host);
  return units.length === 0 ? { kind: "units", units: [] } : await showUnits(units, properties, host);
}

/** e.g. `web` of `service_runner@web.service`; other units in full. */
export function instanceName(unit: string): string {
  return unit.startsWith(TEMPLATE) ? unit.slice(TEMPLATE.length).replace(/\.service$/, "") : unit;
}

/** The unit of a service that somebody names: `web`, `service_runner@web` or `service_runner@web.service`. */
export function unitName(name: string): string {
  const escaped = escape(name);
  if (/\.\w+$/.test(escaped) && escaped.includes("@") && !escaped.startsWith(TEMPLATE)) return escaped;
  return `${TEMPLATE}${instanceName(escaped).replace(/\.service$/, "")}.service`;
}

/** As systemctl does it for names that are typed: systemd-escape(1), `--mangle`. */
function escape(name: string): string {
  const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;
  return name.replaceAll("/", "-")
    .replace(/[^\w:.\\@*?[\]-]/gu, (other) => [...new TextEncoder().encode(other)].map(hex).join(""));
}

/** The unit's config, which is the last argument of its program; undefined where it is no such unit. */
export function configOf(unit: UnitProperties): string | undefined {
  return /argv\[\]=[^;]* (\/[^ ;]+\.ya?ml) ;/.exec(unit.get("ExecStart") ?? "")?.[1];
}

/** The units that systemd has loaded, those that are only enabled, and those that have a config and were stopped. */
export async function allUnits(host: Host): Promise<string[]> {
  const options = ["--plain", "--no-legend", "--no-pager", `${TEMPLATE}*.service`];
  const lists = await Promise.all([
    runProgram({ argv: ["systemctl", "list-units", "--all", ...options] }, host),
    runProgram({ argv: ["systemctl", "list-unit-files", ...options] }, host),
  ]);
  const found = lists.flatMap(({ stdout }) =>
    stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "")
  );
  const configs = await host.listFolder(CONFIGS).catch(() => []);
  const configured = configs.filter(({ name }) => INSTANCE_CONFIG.test(name))
    .map(({ name }) => `${TEMPLATE}${name.slice(0, -".yaml".length)}.service`);
  return [...new Set([...found, ...configured])].filter((unit) =>
    unit.startsWith(TEMPLATE) && unit !== `${TEMPLATE}.service`
  )
    .sort();
}
