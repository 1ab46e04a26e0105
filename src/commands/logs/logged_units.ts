/** The units whose records somebody wants. */
import type { Host } from "../../host/host.ts";
import { nearest } from "../../nearest.ts";
import { allUnits, instanceName, unitName } from "../status/units.ts";
import { isInJournal } from "./journal.ts";

export type LoggedUnits =
  | {
    readonly kind: "units";
    /** Units, or patterns of these. */
    readonly units: readonly string[];
    /** The names of the services, as far as they are known; undefined if there is one only. */
    readonly services: readonly string[] | undefined;
  }
  | { readonly kind: "unknown"; readonly reason: string };

const MOST_NAMED = 20;

/** `names`: as somebody types them; empty for all services. @throws JournalError */
export async function findLoggedUnits(names: readonly string[], host: Host): Promise<LoggedUnits> {
  const present = await allUnits(host);
  const units = names.length === 0 ? present : [...new Set(names.map(unitName))];
  if (units.length === 0) {
    return { kind: "unknown", reason: "There is no unit service_runner@NAME.service on this machine" };
  }
  for (const unit of units) {
    if (present.includes(unit) || isPattern(unit) || await isInJournal(unit, host)) continue;
    return { kind: "unknown", reason: unknownReason(unit, present.map(instanceName)) };
  }
  const services = units.filter((unit) => !isPattern(unit)).map(instanceName);
  return {
    kind: "units",
    units,
    services: services.length === 1 && units.length === 1 ? undefined : services,
  };
}

/** As in a shell: journalctl looks for the units that match. */
function isPattern(unit: string): boolean {
  return /[*?[]/.test(unit);
}

function unknownReason(unit: string, present: readonly string[]): string {
  const name = instanceName(unit);
  const meant = nearest(name, present);
  const more = present.length > MOST_NAMED ? ", …" : "";
  const hint = meant !== undefined
    ? `; did you mean "${meant}"?`
    : present.length === 0
    ? ""
    : `; there are ${present.slice(0, MOST_NAMED).join(", ")}${more}`;
  return `There is no service "${name}": neither systemd nor the journal knows ${unit}${hint}`;
}
