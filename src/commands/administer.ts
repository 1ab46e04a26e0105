/** `install` and `uninstall`: what they have in common. */
import type { Printed } from "../cli.ts";
import { EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { RefusedError } from "./admin_steps.ts";
import { install } from "./install.ts";
import { uninstall } from "./uninstall.ts";

/** Something has to be seen to first. */
const EX_REFUSED = 1;

/** Says on stdout what it does while it does it; yields what is left to say. */
export async function administer(
  { kind, ...options }: {
    readonly kind: "install" | "uninstall";
    readonly dryRun: boolean;
    readonly force: boolean;
  },
  host: Host,
): Promise<Printed> {
  try {
    await (kind === "install" ? install(options, host) : uninstall(options, host));
    return { stdout: "", stderr: "", exitCode: EX_OK };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { stdout: "", stderr: `${error.message}\n`, exitCode: EX_REFUSED };
  }
}
