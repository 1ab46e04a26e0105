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
  /** Below /var/lib. */
  readonly stateDirectory?: string;
  readonly isEnabled?: boolean;
}

const SCRIPT = `#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  list-units) cat "$folder/units" ;;
  show)
    until [ "$1" = -- ]; do shift; done
    shift
    for unit; do
      cat "$folder/shown/$unit" || echo "Id=$unit
LoadState=not-found
ActiveState=inactive"
      echo
    done 2>/dev/null ;;
esac
`;

/** Puts it into the folder, which is to come first in PATH. */
export async function standInSystemctl(dir: TempDir, units: readonly StandInUnit[]): Promise<void> {
  await changeUnits(dir, units);
  await Deno.chmod(await dir.write("bin/systemctl", SCRIPT), 0o755);
}

/** From now on there are these, also for who asks at this moment. Of those that it no longer lists it still tells. */
export async function changeUnits(dir: TempDir, units: readonly StandInUnit[]): Promise<void> {
  for (const unit of units) await replace(dir, `shown/service_runner@${unit.name}.service`, shown(unit));
  const names = units.map(({ name }) => `service_runner@${name}.service loaded x x`);
  await replace(dir, "units", names.join("\n"));
}

async function replace(dir: TempDir, name: string, content: string): Promise<void> {
  await Deno.mkdir(`${dir.path}/bin/shown`, { recursive: true });
  await Deno.rename(await dir.write("bin/new", content), `${dir.path}/bin/${name}`);
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
    StateDirectory: unit.stateDirectory ?? "",
    UnitFileState: unit.isEnabled ? "enabled" : "disabled",
    ExecStart: unit.config === undefined
      ? ""
      : `{ path=/usr/local/bin/service_runner ; argv[]=/usr/local/bin/service_runner ${unit.config} ; flags= }`,
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join("");
}
