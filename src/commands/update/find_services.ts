/** The services that somebody names, or all. */
import type { Host } from "../../host/host.ts";
import { nearest } from "../../nearest.ts";
import { SERVICE_PROPERTIES, serviceOf, type ServiceUnit } from "../doctor/find_service.ts";
import { allUnits, findUnits, instanceName, missingConfig } from "../status/units.ts";

export type FoundServices =
  | { readonly kind: "services"; readonly services: readonly ServiceUnit[] }
  | { readonly kind: "unknown" | "no_systemd"; readonly reason: string };

/** `names`: instances or units; empty for all. */
export async function findServices(names: readonly string[], host: Host): Promise<FoundServices> {
  const found = await findUnits(names, host, SERVICE_PROPERTIES);
  if (found.kind === "no_systemd") return found;
  for (const unit of names.length === 0 ? [] : found.units) {
    const name = instanceName(unit.get("Id") ?? "");
    const config = unit.get("LoadState") === "not-found" ? "" : await missingConfig(unit, host);
    if (config === undefined) continue;
    const meant = nearest(name, (await allUnits(host)).map(instanceName).filter((other) => other !== name));
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    const why = config === "" ? "systemd knows no such unit" : `there is no config ${config}`;
    return { kind: "unknown", reason: `There is no service "${name}": ${why}${hint}` };
  }
  return { kind: "services", services: found.units.map(serviceOf) };
}

/** Whether it neither runs nor is meant to. */
export function isOff({ properties }: ServiceUnit): boolean {
  return properties.get("ActiveState") === "inactive" &&
    !properties.get("UnitFileState")?.startsWith("enabled");
}
