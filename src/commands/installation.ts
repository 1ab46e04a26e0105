/** `service_runner install` and its reverse, `uninstall`: the program, its units and the accounts that they need. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { administer, ask, RefusedError, say, type Step } from "./admin_steps.ts";
import { putUnits, removeUnits } from "./install/unit_files.ts";

export interface AdminOptions {
  /** Only print the steps. */
  readonly dryRun: boolean;
  /** Overwrite or remove a unit even if somebody has changed it. */
  readonly force: boolean;
}

const PROGRAM = "/usr/local/bin/service_runner";
const CONFIGS = "/srv/config";
const STATE = "/var/lib/service_runner";
const RUNTIME = "/run/service_runner";
const DOCKER_GROUP = "docker";

interface Account {
  readonly name: string;
  /** The comment of an account that `install` has made; `uninstall` removes no other. */
  readonly comment: string;
  readonly home: string;
  /** Beside the one of its own name. */
  readonly groups: readonly string[];
}

/** What the unit runs services as. */
const ACCOUNT: Account = {
  name: "server-acct",
  comment: "services of service_runner",
  home: "/srv",
  groups: [DOCKER_GROUP],
};
/**
 * What the page runs as. Not one that systemd makes while it runs: the D-Bus daemon, by which systemd is asked, turns
 * away whom it knows no name of, and without the package libnss-systemd it knows none of those.
 */
const PAGE_ACCOUNT: Account = {
  name: "service_runner-page",
  comment: "page of service_runner",
  home: "/nonexistent",
  groups: [],
};

/** Prints what it does while it does it. Doing it again changes nothing. */
export async function install(options: AdminOptions, host: Host): Promise<Printed> {
  return await administer({
    verb: "install",
    steps: async () => [
      ...await putProgram(host),
      ...await requireDocker(host),
      ...await putAccount(ACCOUNT, host),
      ...await putAccount(PAGE_ACCOUNT, host),
      ...await putConfigs(host),
      ...await putUnits(options.force, host),
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
      ...await removeUnits(options.force, host),
      ...await takeOwnership(host),
      ...await whereItIs(PROGRAM, ["rm", PROGRAM], host),
      // Our folders go as far as they are empty; the one for configs only if nothing at all is in it.
      ...await whereItIs(RUNTIME, emptyFolders(RUNTIME), host),
      ...await whereItIs(STATE, emptyFolders(STATE), host),
      ...await whereItIs(CONFIGS, ["rmdir", "--ignore-fail-on-non-empty", CONFIGS], host),
      ...await removeAccount(PAGE_ACCOUNT, host),
      ...await removeAccount(ACCOUNT, host),
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

/**
 * A folder that is there may belong to root, since an uninstall, or to somebody who must not write configs. The page sees
 * by its group which services there are, and nothing of their configs.
 */
async function putConfigs(host: Host): Promise<Step[]> {
  const { name } = ACCOUNT;
  const { statusCode, stdout } = await ask({ argv: ["stat", "--format=%U:%G", CONFIGS] }, host);
  if (statusCode !== 0) return [{ argv: ["install", "-d", "-o", name, "-g", name, "-m", "740", CONFIGS] }];
  const [owner, group] = stdout.trim().split(":");
  if (group === "root") {
    return [{ argv: ["chown", `${name}:${name}`, CONFIGS] }, { argv: ["chmod", "g=r", CONFIGS] }];
  }
  return owner === name ? [] : [{ argv: ["chown", name, CONFIGS] }];
}

/** What stays of an account that goes: its number may be given to another one. */
async function takeOwnership(host: Host): Promise<Step[]> {
  if (await findComment(ACCOUNT, host) !== ACCOUNT.comment) return [];
  const folders = [];
  for (const folder of [CONFIGS, STATE]) {
    if (await succeeds(["test", "-d", folder], host)) folders.push(folder);
  }
  if (folders.length === 0) return [];
  const give = ["-exec", "chown", "--no-dereference", "root:root", "{}", "+"];
  return [{ argv: ["find", ...folders, "-user", ACCOUNT.name, ...give] }];
}

async function requireDocker(host: Host): Promise<Step[]> {
  if (await succeeds(["getent", "group", DOCKER_GROUP], host)) return [];
  throw new RefusedError(
    `Cannot install: there is no group "${DOCKER_GROUP}"; install Docker first (Debian: apt-get install docker.io)`,
  );
}

async function putAccount(account: Account, host: Host): Promise<Step[]> {
  const { name, comment } = account;
  if (await findComment(account, host) !== undefined) {
    const present = (await ask({ argv: ["id", "-nG", name] }, host)).stdout.trim().split(" ");
    const missing = account.groups.filter((group) => !present.includes(group));
    if (missing.length === 0) return [];
    return [{ argv: ["usermod", "--append", "--groups", missing.join(","), name] }];
  }
  const shell = ["--shell", "/usr/sbin/nologin"];
  const home = ["--home-dir", account.home, "--no-create-home"];
  const further = account.groups.length === 0 ? [] : ["--groups", account.groups.join(",")];
  return [{
    argv: ["useradd", "--system", ...home, ...shell, "--user-group", ...further, "--comment", comment, name],
  }];
}

async function removeAccount(account: Account, host: Host): Promise<Step[]> {
  const { name } = account;
  const comment = await findComment(account, host);
  if (comment === undefined) return [];
  if (comment === account.comment) return [{ argv: ["userdel", name] }];
  await say(host, `The account ${name} stays: it was not made by "service_runner install".`);
  return [];
}

/** The comment of the account that there is; undefined where there is none. */
async function findComment({ name }: Account, host: Host): Promise<string | undefined> {
  const { statusCode, stdout } = await ask({ argv: ["getent", "passwd", name] }, host);
  return statusCode === 0 ? stdout.split(":")[4] ?? "" : undefined;
}
