/**
 * The services of this machine as a page shows them, looked at no more than once a second, and only if somebody asks.
 * In: systemd's properties of their units, and their status files. Out: rows. systemctl is the dear part: it is asked
 * about all units twice a minute, and in between about those of which something else says that they have changed.
 */
import type { FileRead, Host } from "../../host/host.ts";
import { processIdentity, type ReadProc } from "../../host/process_identity.ts";
import type { ServiceStatus } from "../../logging/service_status.ts";
import { isPassing } from "../status/condition.ts";
import {
  readStatus,
  readStatusFile,
  readUnitFacts,
  rowOf,
  type ServiceRow,
  type UnitFacts,
} from "../status/service_row.ts";
import { findUnits, STATUS_PROPERTIES } from "../status/units.ts";
import { showUnits, type UnitProperties } from "../systemctl.ts";

/** A look that is not older is good enough. */
const FRESH_MS = 900;
const ALL_UNITS_MS = 30_000;
/** Of units that are on their way to another state, systemd is asked every second time. */
const LOOKS_PER_QUESTION = 2;
/** What systemd has to say of a unit whose process is in this phase. */
const STATES: Readonly<Record<ServiceStatus["phase"], string>> = {
  starting: "activating",
  ready: "active",
  reloading: "reloading",
  stopping: "deactivating",
};

export type Look =
  | { readonly kind: "rows"; readonly rows: readonly ServiceRow[] }
  | { readonly kind: "no_systemd"; readonly reason: string };

/** What is known of one unit. */
interface Known {
  facts: UnitFacts;
  file: FileRead | undefined;
  /** As its process has it. */
  phase: ServiceStatus["phase"] | undefined;
  row: ServiceRow;
}

export interface BoardOptions {
  readonly host: Host;
  readonly readProc: ReadProc;
  /** Milliseconds of a clock that is never set. */
  readonly nowMs: () => number;
}

export class Board {
  #known: readonly Known[] = [];
  #allUnitsAtMs = -Infinity;
  #freshUntilMs = -Infinity;
  #looks = 0;
  #look: Promise<Look> | undefined;

  constructor(private readonly options: BoardOptions) {}

  /** Whoever asks while somebody else is being answered gets the same answer. */
  look(): Promise<Look> {
    const { nowMs } = this.options;
    if (this.#look !== undefined && nowMs() < this.#freshUntilMs) return this.#look;
    // Until it ends, however long systemd takes.
    this.#freshUntilMs = Infinity;
    return this.#look = this.#lookAnew().finally(() => this.#freshUntilMs = nowMs() + FRESH_MS);
  }

  async #lookAnew(): Promise<Look> {
    const { host, nowMs } = this.options;
    if (nowMs() - this.#allUnitsAtMs >= ALL_UNITS_MS) {
      const found = await findUnits([], host);
      if (found.kind === "no_systemd") return found;
      this.#allUnitsAtMs = nowMs();
      this.#known = found.units.map((properties) => this.#read(properties));
    } else {
      const refused = await this.#lookAgain();
      if (refused !== undefined) return refused;
    }
    return { kind: "rows", rows: this.#known.map(({ row }) => row) };
  }

  async #lookAgain(): Promise<(Look & { kind: "no_systemd" }) | undefined> {
    this.#looks++;
    const suspects = this.#known.filter((known) => this.#refresh(known));
    if (suspects.length === 0) return undefined;
    const units = suspects.map(({ facts }) => facts.properties.get("Id") ?? "");
    const shown = await showUnits(units, STATUS_PROPERTIES, this.options.host);
    if (shown.kind === "no_systemd") {
      // Next time about all, since these suspects may look innocent then.
      this.#allUnitsAtMs = -Infinity;
      return shown;
    }
    for (const [index, known] of suspects.entries()) {
      const properties = shown.units[index];
      if (properties !== undefined) Object.assign(known, this.#read(properties));
    }
    return undefined;
  }

  #read(properties: UnitProperties): Known {
    const { host } = this.options;
    const facts = readUnitFacts(properties, host);
    const file = readStatusFile(properties, host);
    const read = readStatus(properties, file);
    return { facts, file, phase: read.status?.phase, row: rowOf(facts, read) };
  }

  /** Reads its status file anew. Yields whether systemd has to be asked as well: it has, or should have, news. */
  #refresh(known: Known): boolean {
    const { facts: { properties }, file } = known;
    known.file = readStatusFile(properties, this.options.host);
    const isChanged = !areSame(known.file, file);
    if (isChanged) {
      const read = readStatus(properties, known.file);
      known.phase = read.status?.phase;
      known.row = rowOf(known.facts, read);
      // It has gone, or is of another process than the one that systemd has told of.
      if (read.status === undefined) return true;
    }
    const { state } = known.row;
    if (known.phase !== undefined && state !== STATES[known.phase]) return true;
    if (isPassing(state) && this.#looks % LOOKS_PER_QUESTION === 0) return true;
    return !isChanged && !this.#lives(properties);
  }

  #lives(properties: UnitProperties): boolean {
    const pid = Number(properties.get("MainPID"));
    return pid === 0 || processIdentity(pid, this.options.readProc) !== undefined;
  }
}

function areSame(a: FileRead | undefined, b: FileRead | undefined): boolean {
  if (a?.kind !== "content" || b?.kind !== "content") return a?.kind === b?.kind;
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, index) => byte === b.bytes[index]);
}
