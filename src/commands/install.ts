/** `service_runner install`: the program, its unit and the account that it needs. Doing it again changes nothing. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { administer, ask, RefusedError, type Step } from "./admin_steps.ts";
import {
  ACCOUNT,
  ACCOUNT_COMMENT,
  type AdminOptions,
  CONFIGS,
  findAccount,
  installedUnit,
  PROGRAM,
  refuseChangedUnit,
  UNIT,
  UNIT_TEXT,
} from "./installation.ts";

const DOCKER_GROUP = "docker";

/** Prints what it does while it does it. */
export async function install(options: AdminOptions, host: Host): Promise<Printed> {
  return await administer({
    verb: "install",
    steps: async () => [
      ...await programSteps(host),
      ...await accountSteps(host),
      ...await folderSteps(host),
      ...await unitSteps(options, host),
    ],
    nothingToDo: "Everything is installed already.",
    afterwards: `A service is a file ${CONFIGS}/NAME.yaml; systemctl enable --now service_runner@NAME`,
  }, { ...options, host });
}

async function programSteps(host: Host): Promise<Step[]> {
  const self = host.executable;
  if (self === undefined) {
    throw new RefusedError(
      'Cannot install: this is the source, not a program; make one by "deno task build"',
    );
  }
  const { statusCode } = await ask({ argv: ["cmp", "-s", self, PROGRAM] }, host);
  return statusCode === 0 ? [] : [{ argv: ["install", "-D", "-m", "755", self, PROGRAM] }];
}

async function accountSteps(host: Host): Promise<Step[]> {
  const { statusCode } = await ask({ argv: ["getent", "group", DOCKER_GROUP] }, host);
  if (statusCode !== 0) {
    throw new RefusedError(
      `Cannot install: there is no group "${DOCKER_GROUP}"; install Docker first (Debian: apt-get install docker.io)`,
    );
  }
  const account = await findAccount(host);
  if (account?.groups.includes(DOCKER_GROUP)) return [];
  if (account !== undefined) return [{ argv: ["usermod", "--append", "--groups", DOCKER_GROUP, ACCOUNT] }];
  const shell = ["--shell", "/usr/sbin/nologin"];
  const home = ["--home-dir", "/srv", "--no-create-home"];
  const groups = ["--user-group", "--groups", DOCKER_GROUP];
  return [{
    argv: ["useradd", "--system", ...home, ...shell, ...groups, "--comment", ACCOUNT_COMMENT, ACCOUNT],
  }];
}

async function folderSteps(host: Host): Promise<Step[]> {
  const { statusCode } = await ask({ argv: ["test", "-d", CONFIGS] }, host);
  return statusCode === 0 ? [] : [{ argv: ["install", "-d", "-o", ACCOUNT, CONFIGS] }];
}

async function unitSteps({ force }: AdminOptions, host: Host): Promise<Step[]> {
  const unit = await installedUnit(host);
  if (unit === "same") return [];
  if (unit === "changed" && !force) await refuseChangedUnit(host, "install");
  const stdin = { text: UNIT_TEXT, shown: "(the unit of this version)" };
  return [
    { argv: ["install", "-D", "-m", "644", "/dev/stdin", UNIT], stdin },
    { argv: ["systemctl", "daemon-reload"] },
  ];
}
