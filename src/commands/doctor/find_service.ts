/** From what the user named to a service: its unit, its config, and the account that it runs as. */
import { resolvePath } from "../../host/paths.ts";
import type { Host } from "../../host/host.ts";
import { configOf, findUnits, instanceName, STATUS_PROPERTIES, unitName } from "../status/units.ts";
import { showUnits, type UnitProperties } from "../systemctl.ts";

/** A service as systemd has it. */
export interface ServiceUnit {
  /** e.g. `web` */
  readonly name: string;
  /** e.g. `service_runner@web.service` */
  readonly unit: string;
  readonly properties: UnitProperties;
  /** Absolute; undefined where the unit's ExecStart= names none. */
  readonly configPath: string | undefined;
  /** The account that the unit runs as. */
  readonly account: string;
}

/** `config`: of no unit that systemd knows. */
export type Named =
  | { readonly kind: "service"; readonly service: ServiceUnit }
  | { readonly kind: "config"; readonly configPath: string }
  | { readonly kind: "no_systemd"; readonly reason: string };

export const SERVICE_PROPERTIES = `${STATUS_PROPERTIES},User,Environment`;

/** `word`: a path of a config, else a unit or its instance. */
export async function findService(word: string, host: Host): Promise<Named> {
  const isPath = word.includes("/") || /\.ya?ml$/i.test(word);
  if (!isPath) {
    const shown = await showUnits([unitName(word)], SERVICE_PROPERTIES, host);
    const [properties] = shown.kind === "units" ? shown.units : [];
    if (properties !== undefined) return { kind: "service", service: serviceOf(properties) };
    return shown.kind === "units" ? { kind: "no_systemd", reason: "it does not answer" } : shown;
  }
  const configPath = resolvePath(word, host.cwd());
  const instance = configPath.slice(configPath.lastIndexOf("/") + 1).replace(/\.ya?ml$/i, "");
  const [all, guessed] = await Promise.all([
    findUnits([], host, SERVICE_PROPERTIES),
    showUnits([unitName(instance)], SERVICE_PROPERTIES, host),
  ]);
  const service = [guessed, all].flatMap((shown) => shown.kind === "units" ? shown.units : [])
    .map(serviceOf).find((candidate) => candidate.configPath === configPath);
  return service === undefined ? { kind: "config", configPath } : { kind: "service", service };
}

/** The services that are meant to run: enabled, or not stopped by somebody. */
export async function wantedServices(host: Host): Promise<ServiceUnit[]> {
  const shown = await findUnits([], host, SERVICE_PROPERTIES);
  if (shown.kind === "no_systemd") return [];
  return shown.units.filter((unit) =>
    unit.get("UnitFileState")?.startsWith("enabled") || unit.get("ActiveState") !== "inactive"
  ).map(serviceOf);
}

/** `properties`: those of `SERVICE_PROPERTIES`. */
export function serviceOf(properties: UnitProperties): ServiceUnit {
  const unit = properties.get("Id") ?? "";
  const configPath = configOf(properties);
  return {
    name: instanceName(unit),
    unit,
    properties,
    configPath,
    account: properties.get("User") || "root",
  };
}
