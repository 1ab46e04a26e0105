/** The units of service_runner on this machine, as systemd has them. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { showUnits, type UnitProperties, type UnitsShown } from "../systemctl.ts";

export const TEMPLATE = "service_runner@";
/** The properties that the table needs, see org.freedesktop.systemd1(5). */
export const STATUS_PROPERTIES =
  "Id,LoadState,ActiveState,SubState,Result,StatusText,MainPID,NRestarts,ExecMainStatus," +
  "StateChangeTimestamp,RuntimeDirectory,StateDirectory,UnitFileState,ExecStart";
/** Where the shipped unit has the configs. */
const CONFIGS = "/srv/config";
/** Where systemd makes the folders that RuntimeDirectory= and StateDirectory= name. */
const RUNTIME_ROOT = "/run";
const STATE_ROOT = "/var/lib";
/** systemd.unit(5): other names would have to be escaped. */
const INSTANCE_CONFIG = /^[\w:.\\-]+\.yaml$/;

/** The properties of units. `names`: instances or units; empty for all services. */
export async function findUnits(
  names: readonly string[],
  host: Host,
  properties: string = STATUS_PROPERTIES,
): Promise<UnitsShown> {
  const found = names.length > 0 ? { units: names.map(unitName), failure: undefined } : await listUnits(host);
  if (found.failure !== undefined) return { kind: "no_systemd", reason: found.failure };
  const { units } = found;
  // Of no unit as well: who may not ask systemd finds none, either.
  const shown = await showUnits(units, properties, host);
  return shown.kind === "units" && units.length === 0 ? { kind: "units", units: [] } : shown;
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

/** Where its process has what is of this run only; undefined for a unit without such a folder. */
export function runtimeFolder(unit: UnitProperties): string | undefined {
  return folderIn(RUNTIME_ROOT, unit.get("RuntimeDirectory"));
}

/** Where it has what it remembers from one run to the next. */
export function stateFolder(unit: UnitProperties): string | undefined {
  return folderIn(STATE_ROOT, unit.get("StateDirectory"));
}

function folderIn(root: string, folders = ""): string | undefined {
  const [folder] = folders.split(" ");
  return folder ? `${root}/${folder}` : undefined;
}

/** The config that there would have to be, of a unit that systemd knows nothing of but that it could be made. */
export async function missingConfig(unit: UnitProperties, host: Host): Promise<string | undefined> {
  if (unit.get("ActiveState") !== "inactive" || unit.get("UnitFileState") === "enabled") return undefined;
  const config = configOf(unit);
  if (config === undefined) return undefined;
  return (await host.readFile(config, 0)).kind === "missing" ? config : undefined;
}

/** The units that systemd has loaded, those that are only enabled, and those that have a config and were stopped. */
export async function allUnits(host: Host): Promise<string[]> {
  return (await listUnits(host)).units;
}

interface UnitsListed {
  readonly units: string[];
  /** Why systemd's are not among them; undefined if they are. */
  readonly failure: string | undefined;
}

async function listUnits(host: Host): Promise<UnitsListed> {
  const options = ["--plain", "--no-legend", "--no-pager", `${TEMPLATE}*.service`];
  const lists = await Promise.all([
    runProgram({ argv: ["systemctl", "list-units", "--all", ...options] }, host),
    runProgram({ argv: ["systemctl", "list-unit-files", ...options] }, host),
  ]);
  const failed = lists.find(({ statusCode }) => statusCode !== 0);
  const found = lists.flatMap(({ stdout }) =>
    stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "")
  );
  const configs = await host.listFolder(CONFIGS).catch(() => []);
  const configured = configs.filter(({ name }) => INSTANCE_CONFIG.test(name))
    .map(({ name }) => `${TEMPLATE}${name.slice(0, -".yaml".length)}.service`);
  const units = [...new Set([...found, ...configured])].filter((unit) =>
    unit.startsWith(TEMPLATE) && unit !== `${TEMPLATE}.service`
  ).sort();
  return {
    units,
    failure: failed && (failed.stderr.trim().split("\n")[0] || failed.failure || "systemctl has failed"),
  };
}
