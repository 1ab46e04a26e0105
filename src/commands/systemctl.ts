/** Asks systemd about units, by `systemctl show`; see systemctl(1). */
import type { Host } from "../host/host.ts";
import { runProgram } from "../host/run_program.ts";

/** The properties of a unit by name, e.g. `MainPID`. Times are written as `@1700000000`. */
export type UnitProperties = ReadonlyMap<string, string>;

export type UnitsShown =
  | { readonly kind: "units"; readonly units: readonly UnitProperties[] }
  | { readonly kind: "no_systemd"; readonly reason: string };

/** The properties, e.g. `Id,MainPID`, of each unit, in the order of `units`. */
export async function showUnits(
  units: readonly string[],
  properties: string,
  host: Host,
): Promise<UnitsShown> {
  const argv = ["systemctl", "show", `--property=${properties}`, "--timestamp=unix", "--", ...units] as const;
  const { statusCode, stdout, stderr } = await runProgram({ argv }, host);
  if (statusCode === undefined) {
    return { kind: "no_systemd", reason: "there is no systemctl, or it does not answer" };
  }
  if (statusCode !== 0) return { kind: "no_systemd", reason: stderr.trim().split("\n")[0] ?? "" };
  const blocks = stdout.trim().split(/\n\n+/).filter((block) => block !== "");
  return { kind: "units", units: blocks.map(parseProperties) };
}

/** Reads lines of `Name=value`. */
function parseProperties(block: string): UnitProperties {
  return new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
