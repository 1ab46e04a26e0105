/** `service_runner uninstall`: the reverse of `install`. Configs and what services have written stay. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { administer, ask, say, type Step } from "./admin_steps.ts";
import {
  ACCOUNT,
  ACCOUNT_COMMENT,
  type AdminOptions,
  CONFIGS,
  findAccount,
  installedUnit,
  PROGRAM,
  refuseChangedUnit,
  RUNTIME,
  STATE,
  UNIT,
} from "./installation.ts";

const ALL_SERVICES = "service_runner@*.service";

/** Prints what it does while it does it. */
export async function uninstall(options: AdminOptions, host: Host): Promise<Printed> {
  return await administer({
    verb: "uninstall",
    steps: async () => [
      ...await unitSteps(options, host),
      ...await existing(PROGRAM, { argv: ["rm", PROGRAM] }, host),
      ...await folderSteps(host),
      ...await accountSteps(host),
    ],
    nothingToDo: "Nothing is installed.",
    afterwards: `What was in ${CONFIGS} and ${STATE} is still there, and so are drop-ins and images.`,
  }, { ...options, host });
}

async function unitSteps({ force }: AdminOptions, host: Host): Promise<Step[]> {
  const unit = await installedUnit(host);
  if (unit === "missing") return [];
  if (unit === "changed" && !force) await refuseChangedUnit(host, "uninstall");
  return [
    { argv: ["systemctl", "stop", ALL_SERVICES] },
    // Disabling the template disables all of its instances.
    { argv: ["systemctl", "disable", "service_runner@.service"] },
    { argv: ["rm", UNIT] },
    { argv: ["systemctl", "daemon-reload"] },
    { argv: ["systemctl", "reset-failed", ALL_SERVICES] },
  ];
}

/** Our folders go as far as they are empty; the one for configs only if nothing at all is in it. */
async function folderSteps(host: Host): Promise<Step[]> {
  const ours = (folder: string): Step => ({
    argv: ["find", folder, "-depth", "-type", "d", "-empty", "-delete"],
  });
  return [
    ...await existing(RUNTIME, ours(RUNTIME), host),
    ...await existing(STATE, ours(STATE), host),
    ...await existing(CONFIGS, { argv: ["rmdir", "--ignore-fail-on-non-empty", CONFIGS] }, host),
  ];
}

async function accountSteps(host: Host): Promise<Step[]> {
  const account = await findAccount(host);
  if (account === undefined) return [];
  if (account.comment === ACCOUNT_COMMENT) return [{ argv: ["userdel", ACCOUNT] }];
  await say(host, `The account ${ACCOUNT} stays: it was not made by "service_runner install".`);
  return [];
}

async function existing(path: string, step: Step, host: Host): Promise<Step[]> {
  const { statusCode } = await ask({ argv: ["test", "-e", path] }, host);
  return statusCode === 0 ? [step] : [];
}
