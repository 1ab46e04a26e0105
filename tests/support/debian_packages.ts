/** Programs that the test bed needs, from Debian's packages, where they are missing and may be installed. */
import { poll } from "./event_log.ts";
import { progress } from "./progress.ts";

/** A program and the Debian package that brings it. */
export interface PackagedProgram {
  readonly program: string;
  readonly package: string;
  /** Packages that it needs and only recommends. */
  readonly also?: readonly string[];
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const POLICY_FILE = "/usr/sbin/policy-rc.d";
/** Of all processes of tests on this machine, only the one that has it installs. */
const LOCK_FILE = "/run/service_runner-test-packages.lock";
/** A fresh machine may be busy with its first upgrades. */
const PATIENCE_S = 300;
const PATIENTLY = ["-o", `DPkg::Lock::Timeout=${PATIENCE_S}`];

/** The absolute path of a program, also where PATH lacks the sbin folders; undefined when there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), ...FOLDERS]) {
    const path = `${folder}/${name}`;
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
  }
  return undefined;
}

/** The path of a program that `ensurePrograms` has seen to. */
export async function requireProgram(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path === undefined) throw new Error(`Cannot find the program "${name}"`);
  return path;
}

/**
 * Installs the packages of those programs that are missing.
 * @throws With the command a person could run instead, when it may not install.
 */
export async function ensurePrograms(programs: readonly PackagedProgram[]): Promise<void> {
  // As long as another process is at it, a program that is there may still lack what it needs.
  using _ = Deno.uid() === 0 ? await lockPackages() : undefined;
  const found = await Promise.all(programs.map(({ program }) => findProgram(program)));
  const missing = programs.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap((entry) => [entry.package, ...entry.also ?? []]);
  const aptGet = await findProgram("apt-get");
  if (aptGet === undefined || Deno.uid() !== 0) {
    const reason = aptGet === undefined ? "this is not a Debian or Ubuntu machine" : "only root may install";
    const names = missing.map(({ program }) => program).join(", ");
    throw new Error(
      `Cannot go on without ${names}: ${reason}; install by hand, as root: apt-get install ${
        packages.join(" ")
      }`,
    );
  }
  progress(`Installing with apt-get: ${packages.join(" ")} …`);
  await install(aptGet, packages);
}

async function lockPackages(): Promise<Disposable> {
  const file = await Deno.open(LOCK_FILE, { write: true, create: true });
  await file.lock(true);
  return file;
}

async function install(aptGet: string, packages: readonly string[]): Promise<void> {
  await using _ = await withoutStartingServices();
  await poll(PATIENCE_S * 1000, "another apt-get", () => updateLists(aptGet));
  await run(aptGet, [...PATIENTLY, "install", "-q", "-y", "--no-install-recommends", ...packages]);
}

/** Undefined when somebody else is at the lists: for their lock, unlike that of the packages, apt-get does not wait. */
async function updateLists(aptGet: string): Promise<true | undefined> {
  try {
    await run(aptGet, ["update", "-q"]);
    return true;
  } catch (error) {
    if ((error as Error).message.includes("Could not get lock /var/lib/apt/lists")) return undefined;
    throw error;
  }
}

/**
 * While it lasts, packages start no services (policy-rc.d is Debian's switch for that):
 * a registry or an engine that listens for good is not what a test run should leave behind.
 */
async function withoutStartingServices(): Promise<AsyncDisposable> {
  try {
    await Deno.writeTextFile(POLICY_FILE, "#!/bin/sh\nexit 101\n", { createNew: true, mode: 0o755 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return { [Symbol.asyncDispose]: () => Deno.remove(POLICY_FILE) };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const command = new Deno.Command(program, { args: [...args], env, stdin: "null" });
  const { success, code, stdout, stderr } = await command.output();
  if (success) return;
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`Cannot run "${program} ${args.join(" ")}": exit code ${code}\n${text.slice(-4000)}`);
}
