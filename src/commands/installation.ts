/** `service_runner install` and its reverse, `uninstall`: the program, its unit and the account that it needs. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { administer, ask, RefusedError, say, type Step } from "./admin_steps.ts";
import UNIT_TEXT from "../../service_runner@.service" with { type: "text" };

export interface AdminOptions {
  /** Only print the steps. */
  readonly dryRun: boolean;
  /** Overwrite or remove a unit even if somebody has changed it. */
  readonly force: boolean;
}

const PROGRAM = "/usr/local/bin/service_runner";
const UNIT = "/etc/systemd/system/service_runner@.service";
const UNIT_LIMIT_BYTES = 1024 * 1024;
const ALL_SERVICES = "service_runner@*.service";
const CONFIGS = "/srv/config";
const STATE = "/var/lib/service_runner";
const RUNTIME = "/run/service_runner";
const DOCKER_GROUP = "docker";
/** The account that the unit runs services as. */
const ACCOUNT = "server-acct";
/** The comment of an account that `install` has made; `uninstall` removes no other. */
const ACCOUNT_COMMENT = "services of service_runner";

/** Prints what it does while it does it. Doing it again changes nothing. */
export async function install(options: AdminOptions, host: Host): Promise<Printed> {
  return await administer({
    verb: "install",
    steps: async () => [
      ...await putProgram(host),
      ...await putAccount(host),
      ...await putConfigs(host),
      ...await putUnit(options, host),
    ],
    nothingToDo: "Everything is installed already.",
    afterwards: `A service is a file ${CONFIGS}/NAME.yaml; systemctl enable --now service_runner@NAME`,
  }, { ...options, host });
}

/** Prints what it does while it does it. Configs and what services have written stay. */
export async function uninstall(options: AdminOptions, host: Host): Promise<Printed> {
  const emptyFolders = (
    folder: string,
  ): Step["argv"] => ["find", folder, "-depth", "-type", "d", "-empty", "-delete"];
  return await administer({
    verb: "uninstall",
    steps: async () => [
      ...await removeUnit(options, host),
      ...await takeOwnership(host),
      ...await whereItIs(PROGRAM, ["rm", PROGRAM], host),
      // Our folders go as far as they are empty; the one for configs only if nothing at all is in it.
      ...await whereItIs(RUNTIME, emptyFolders(RUNTIME), host),
      ...await whereItIs(STATE, emptyFolders(STATE), host),
      ...await whereItIs(CONFIGS, ["rmdir", "--ignore-fail-on-non-empty", CONFIGS], host),
      ...await removeAccount(host),
    ],
    nothingToDo: "Nothing is installed.",
    afterwards: `What was in ${CONFIGS} and ${STATE} is still there, and so are drop-ins and images.`,
  }, { ...options, host });
}

async function succeeds(argv: Step["argv"], host: Host): Promise<boolean> {
  return (await ask({ argv }, host)).statusCode === 0;
}

async function whereItIs(path: string, argv: Step["argv"], host: Host): Promise<Step[]> {
  return await succeeds(["test", "-e", path], host) ? [{ argv }] : [];
}

async function putProgram(host: Host): Promise<Step[]> {
  const self = host.executable;
  if (self === undefined) {
    throw new RefusedError(
      'Cannot install: this is the source, not a program; make one by "deno task build"',
    );
  }
  if (await succeeds(["cmp", "-s", self, PROGRAM], host)) return [];
  return [{ argv: ["install", "-D", "-m", "755", self, PROGRAM] }];
}

/** A folder that is there may belong to root, since an uninstall, or to somebody who must not write configs. */
async function putConfigs(host: Host): Promise<Step[]> {
  const { statusCode, stdout } = await ask({ argv: ["stat", "--format=%U", CONFIGS] }, host);
  if (statusCode !== 0) return [{ argv: ["install", "-d", "-o", ACCOUNT, "-m", "750", CONFIGS] }];
  return stdout.trim() === ACCOUNT ? [] : [{ argv: ["chown", ACCOUNT, CONFIGS] }];
}

/** What stays of an account that goes: its number may be given to another one. */
async function takeOwnership(host: Host): Promise<Step[]> {
  if ((await findAccount(host))?.comment !== ACCOUNT_COMMENT) return [];
  const folders = [];
  for (const folder of [CONFIGS, STATE]) {
    if (await succeeds(["test", "-d", folder], host)) folders.push(folder);
  }
  if (folders.length === 0) return [];
  const give = ["-exec", "chown", "--no-dereference", "root:root", "{}", "+"];
  return [{ argv: ["find", ...folders, "-user", ACCOUNT, ...give] }];
}

async function putAccount(host: Host): Promise<Step[]> {
  if (!await succeeds(["getent", "group", DOCKER_GROUP], host)) {
    throw new RefusedError(
      `Cannot install: there is no group "${DOCKER_GROUP}"; install Docker first (Debian: apt-get install docker.io)`,
    );
  }
  if (await findAccount(host) !== undefined) {
    const groups = (await ask({ argv: ["id", "-nG", ACCOUNT] }, host)).stdout.trim().split(" ");
    if (groups.includes(DOCKER_GROUP)) return [];
    return [{ argv: ["usermod", "--append", "--groups", DOCKER_GROUP, ACCOUNT] }];
  }
  const shell = ["--shell", "/usr/sbin/nologin"];
  const home = ["--home-dir", "/srv", "--no-create-home"];
  const groups = ["--user-group", "--groups", DOCKER_GROUP];
  return [{
    argv: ["useradd", "--system", ...home, ...shell, ...groups, "--comment", ACCOUNT_COMMENT, ACCOUNT],
  }];
}

async function removeAccount(host: Host): Promise<Step[]> {
  const account = await findAccount(host);
  if (account === undefined) return [];
  if (account.comment === ACCOUNT_COMMENT) return [{ argv: ["userdel", ACCOUNT] }];
  await say(host, `The account ${ACCOUNT} stays: it was not made by "service_runner install".`);
  return [];
}

/** Undefined where there is none. */
async function findAccount(host: Host): Promise<{ readonly comment: string | undefined } | undefined> {
  const { statusCode, stdout } = await ask({ argv: ["getent", "passwd", ACCOUNT] }, host);
  return statusCode === 0 ? { comment: stdout.split(":")[4] } : undefined;
}

async function putUnit({ force }: AdminOptions, host: Host): Promise<Step[]> {
  if (await findUnit("install", force, host) === "same") return [];
  const stdin = { text: UNIT_TEXT, shown: "(the unit of this version)" };
  return [
    { argv: ["install", "-D", "-m", "644", "/dev/stdin", UNIT], stdin },
    { argv: ["systemctl", "daemon-reload"] },
  ];
}

async function removeUnit({ force }: AdminOptions, host: Host): Promise<Step[]> {
  if (await findUnit("uninstall", force, host) === "missing") return [];
  return [
    { argv: ["systemctl", "stop", ALL_SERVICES] },
    // Disabling the template disables all of its instances.
    { argv: ["systemctl", "disable", "service_runner@.service"] },
    { argv: ["rm", UNIT] },
    { argv: ["systemctl", "daemon-reload"] },
    { argv: ["systemctl", "reset-failed", ALL_SERVICES] },
  ];
}

/**
 * The unit on this machine, compared with the one in the program.
 * @throws RefusedError when it can not be read, or, without `force`, when somebody has changed it
 */
async function findUnit(verb: string, force: boolean, host: Host): Promise<"missing" | "same" | "changed"> {
  const read = await host.readFile(UNIT, UNIT_LIMIT_BYTES);
  if (read.kind === "missing") return "missing";
  if (read.kind === "error") throw new RefusedError(`Cannot read "${UNIT}": ${read.reason}`);
  if (new TextDecoder().decode(read.bytes) === UNIT_TEXT) return "same";
  if (force) return "changed";
  const stdin = { text: UNIT_TEXT, shown: "" };
  const difference = await ask({
    argv: ["diff", "-u", "-L", "of this version", "-L", UNIT, "-", UNIT],
    stdin,
  }, host);
  throw new RefusedError(
    `Cannot ${verb}: "${UNIT}" is not the unit of this version:\n\n${difference.stdout}
Changes of your own belong into a drop-in ("systemctl edit service_runner@.service" makes one),
where they last. --force ${verb}s all the same.`,
  );
}
