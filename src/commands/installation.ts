/** What `install` puts on a machine, and `uninstall` takes away again. */
import type { Host } from "../host/host.ts";
import { ask, RefusedError } from "./admin_steps.ts";
import unitText from "../../service_runner@.service" with { type: "text" };

export interface AdminOptions {
  /** Only print the steps. */
  readonly dryRun: boolean;
  /** Overwrite or remove a unit even if somebody has changed it. */
  readonly force: boolean;
}

export const PROGRAM = "/usr/local/bin/service_runner";
export const UNIT = "/etc/systemd/system/service_runner@.service";
export const UNIT_TEXT = unitText;
export const CONFIGS = "/srv/config";
export const STATE = "/var/lib/service_runner";
export const RUNTIME = "/run/service_runner";

/** The account that the unit runs services as. */
export const ACCOUNT = "server-acct";
/** The comment of an account that `install` has made; `uninstall` removes no other. */
export const ACCOUNT_COMMENT = "services of service_runner";

const UNIT_LIMIT_BYTES = 1024 * 1024;

/** The unit on this machine, compared with the one in the program. @throws RefusedError when it can not be read */
export async function installedUnit(host: Host): Promise<"missing" | "same" | "changed"> {
  const read = await host.readFile(UNIT, UNIT_LIMIT_BYTES);
  if (read.kind === "missing") return "missing";
  if (read.kind === "error") throw new RefusedError(`Cannot read "${UNIT}": ${read.reason}`);
  return new TextDecoder().decode(read.bytes) === UNIT_TEXT ? "same" : "changed";
}

/** Always throws, with the differences and what to do. @throws RefusedError */
export async function refuseChangedUnit(host: Host, verb: string): Promise<never> {
  const stdin = { text: UNIT_TEXT, shown: "" };
  const { stdout } = await ask({
    argv: ["diff", "-u", "-L", "of this version", "-L", UNIT, "-", UNIT],
    stdin,
  }, host);
  throw new RefusedError(
    `Cannot ${verb}: "${UNIT}" is not the unit of this version:\n\n${stdout}
Changes of your own belong into a drop-in ("systemctl edit service_runner@.service" makes one),
where they last. --force ${verb}s all the same.`,
  );
}

/** Group and comment of the account; undefined where there is none. */
export async function findAccount(
  host: Host,
): Promise<{ readonly comment: string; readonly groups: readonly string[] } | undefined> {
  const { statusCode, stdout } = await ask({ argv: ["getent", "passwd", ACCOUNT] }, host);
  if (statusCode !== 0) return undefined;
  const groups = (await ask({ argv: ["id", "-nG", ACCOUNT] }, host)).stdout.trim().split(" ");
  return { comment: stdout.split(":")[4] ?? "", groups };
}
