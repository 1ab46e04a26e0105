/** A `systemctl` that answers from a file: for machines that systemd does not run, and states that are hard to get. */
import type { TempDir } from "./temp_dir.ts";

/** As `systemctl show` prints it. */
export interface StandInUnit {
  readonly name: string;
  readonly active?: string;
  readonly sub?: string;
  readonly result?: string;
  readonly mainPid?: number;
  readonly restarts?: number;
  readonly exitStatus?: number;
  readonly sinceSeconds?: number;
  /** The config that its program is started with. */
  readonly config?: string;
  /** Below /run. */
  readonly runtimeDirectory?: string;
}

const SCRIPT = `#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  list-units) cat "$folder/units" ;;
  show) cat "$folder/shown" ;;
esac
`;

/** Puts it into the folder, which is to come first in PATH. */
export async function standInSystemctl(dir: TempDir, units: readonly StandInUnit[]): Promise<void> {
  const names = units.map(({ name }) => `service_runner@${name}.service loaded x x`);
  await dir.write("bin/units", names.join("\n"));
  await dir.write("bin/shown", units.map(shown).join("\n"));
  await Deno.chmod(await dir.write("bin/systemctl", SCRIPT), 0o755);
}

function shown(unit: StandInUnit): string {
  const { name, active = "active", sub = "running", result = "success", sinceSeconds } = unit;
  const properties = {
    Id: `service_runner@${name}.service`,
    LoadState: "loaded",
    ActiveState: active,
    SubState: sub,
    Result: result,
    StatusText: "",
    MainPID: unit.mainPid ?? 0,
    NRestarts: unit.restarts ?? 0,
    ExecMainStatus: unit.exitStatus ?? 0,
    StateChangeTimestamp: sinceSeconds === undefined
      ? ""
      : `@${Math.floor(Date.now() / 1000) - sinceSeconds}`,
    RuntimeDirectory: unit.runtimeDirectory ?? "",
    UnitFileState: "disabled",
    ExecStart: unit.config === undefined
      ? ""
      : `{ path=/usr/local/bin/service_runner ; argv[]=/usr/local/bin/service_runner ${unit.config} ; flags= }`,
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join("");
}
