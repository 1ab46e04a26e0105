/** The services of this machine, a row each. Source: systemd, and the services' status files. */
import type { Host } from "../../host/host.ts";
import { type ServiceRow, serviceRow } from "./service_row.ts";
import { findUnits, instanceName, missingConfig } from "./units.ts";

export type RowsFound =
  | { readonly kind: "rows"; readonly rows: readonly ServiceRow[] }
  | { readonly kind: "no_systemd" | "unknown"; readonly reason: string };

/** `names`: instances or units; empty for all services. */
export async function findRows(names: readonly string[], host: Host): Promise<RowsFound> {
  const found = await findUnits(names, host);
  if (found.kind === "no_systemd") return found;
  for (const unit of names.length === 0 ? [] : found.units) {
    const config = await missingConfig(unit, host);
    if (config === undefined) continue;
    const name = instanceName(unit.get("Id") ?? "");
    return { kind: "unknown", reason: `There is no service "${name}": there is no config ${config}` };
  }
  return { kind: "rows", rows: found.units.map((unit) => serviceRow(unit, host)) };
}
