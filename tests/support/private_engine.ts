/**
 * A Docker Engine for tests and demo: the one that answers, else a private one that leaves nothing behind.
 * In: DOCKER_HOST or the usual sockets. Out: the path of a socket behind which an engine answers.
 */
import { poll } from "./event_log.ts";
import { PlainEngine } from "./plain_engine.ts";
import { createBridge } from "./private_bridge.ts";
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import { inheritedEnvironment } from "./own_environment.ts";
import { progress } from "./progress.ts";

/** An engine that answers; disposing ends it if it is a private one. */
export interface Engine extends AsyncDisposable {
  readonly socketPath: string;
  readonly isPrivate: boolean;
}

const USUAL_SOCKETS = ["/run/docker.sock", "/var/run/docker.sock"];
const PING_TIMEOUT_MS = 5_000;
const NOT_ROOT = "Cannot start a private Docker Engine: only root may; run this as root, " +
  "or name the socket of an engine that answers, such as DOCKER_HOST=unix:///run/docker.sock";
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** What a private engine, and images for it, take. */
export const ENGINE_PROGRAMS = [
  { program: "dockerd", package: "docker.io" },
  { program: "busybox", package: "busybox-static" },
];

/** The engine that answers, which then is not ours to stop, or a private one. */
export async function provideEngine(): Promise<Engine> {
  const socketPath = await findEngine();
  // dockerode prefers it to any socket that it is given.
  Deno.env.delete("DOCKER_HOST");
  if (socketPath === undefined) return await startPrivateEngine();
  progress(`Using the Docker Engine at ${socketPath}.`);
  return { socketPath, isPrivate: false, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** The socket of an engine that answers: DOCKER_HOST's if that is set, else one of the usual ones. */
async function findEngine(): Promise<string | undefined> {
  const dockerHost = Deno.env.get("DOCKER_HOST");
  if (dockerHost !== undefined && !dockerHost.startsWith("unix:///")) {
    progress(`Not using the engine of DOCKER_HOST "${dockerHost}": only one with a unix socket will do.`);
    return undefined;
  }
  const candidates = dockerHost === undefined ? USUAL_SOCKETS : [dockerHost.slice("unix://".length)];
  for (const socketPath of candidates) {
    if (await answers(socketPath)) return socketPath;
  }
  return undefined;
}

/** Whether an engine answers `GET /_ping` at this socket. */
async function answers(socketPath: string): Promise<boolean> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: socketPath } });
  try {
    const response = await fetch("http://[100::]/_ping", {
      client,
      signal: AbortSignal.timeout(PING_TIMEOUT_MS),
    });
    return (await response.text()) === "OK";
  } catch {
    return false;
  }
}

/**
 * Starts an engine with its own socket, data, bridge and containerd, and no packet filter rules
 * (ports are published by docker-proxy); installs docker.io first if it is missing and that is allowed.
 */
export async function startPrivateEngine(): Promise<Engine> {
  progress("No Docker Engine answers.");
  await ensurePrograms(ENGINE_PROGRAMS);
  if (Deno.uid() !== 0) throw new Error(NOT_ROOT);
  progress("Starting a private Docker Engine …");
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "service_runner-engine-" });
  stack.defer(() => removeFolder(dir));
  const bridge = stack.use(await createBridge());
  const socketPath = `${dir}/docker.sock`;
  const daemon = await spawnEngine({ dir, bridge: bridge.name });
  stack.defer(() => endProcess(daemon));
  await untilAnswers(daemon, dir);
  stack.defer(() => new PlainEngine(socketPath).removeEverything());
  const owned = stack.move();
  return { socketPath, isPrivate: true, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** An engine that is not this machine's. */
export interface EngineOptions {
  /** A folder for its files; its socket there is `docker.sock`. */
  readonly dir: string;
  readonly bridge: string;
  /** A program that runs another one, and its arguments. */
  readonly by?: readonly string[];
  readonly flags?: readonly string[];
}

/** Begins to start one; it changes no packet filter rules. Its log is `log` in its folder. */
export async function spawnEngine(
  { dir, bridge, by = [], flags = [] }: EngineOptions,
): Promise<Deno.ChildProcess> {
  // A config file of our own, or flags may clash with those of /etc/docker/daemon.json.
  await Deno.writeTextFile(`${dir}/daemon.json`, "{}\n");
  const dockerd = await requireProgram("dockerd");
  const args = [`--host=unix://${dir}/docker.sock`, `--config-file=${dir}/daemon.json`];
  args.push(`--data-root=${dir}/data`, `--exec-root=${dir}/exec`, `--pidfile=${dir}/pid`);
  args.push(`--bridge=${bridge}`, "--iptables=false", "--ip6tables=false", "--ip-forward=false");
  return new Deno.Command("/bin/sh", {
    // "exec": the shell's process becomes the daemon, so that its pid is the one to end.
    args: [
      "-c",
      'log=$1; shift; exec "$@" >>"$log" 2>&1',
      "sh",
      `${dir}/log`,
      ...by,
      dockerd,
      ...args,
      ...flags,
    ],
    clearEnv: true,
    // Debian's sbin folders, where dockerd looks for its helpers, need not be in PATH.
    env: {
      ...inheritedEnvironment(),
      PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`,
      // For what it leaves, such as the stacks of a containerd that was held up.
      TMPDIR: dir,
    },
    stdin: "null",
    // Ctrl-C goes to the whole group: the daemon has to outlive the clean-up.
    detached: true,
  }).spawn();
}

/** Resolves when the engine answers. @throws With the end of its log, when it has ended */
export async function untilAnswers(daemon: Deno.ChildProcess, dir: string): Promise<void> {
  await poll(START_TIMEOUT_MS, "the start of the private engine", async () => {
    if (await answers(`${dir}/docker.sock`)) return true;
    if (await hasEnded(daemon)) throw new Error(await startFailure(dir));
  });
}

async function startFailure(dir: string): Promise<string> {
  const log = await Deno.readTextFile(`${dir}/log`).catch(() => "");
  return `Cannot start a private Docker Engine; the last lines of dockerd:\n${log.slice(-3000)}`;
}

export async function hasEnded(child: Deno.ChildProcess): Promise<boolean> {
  const running = new Promise<false>((resolve) => setTimeout(() => resolve(false), 0));
  return await Promise.race([child.status.then(() => true), running]);
}

/** SIGTERM, and SIGKILL where that does not help. */
async function endProcess(child: Deno.ChildProcess): Promise<void> {
  if (await hasEnded(child)) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await child.status;
  clearTimeout(timer);
}

/** Removes the engine's folder; an engine that was killed leaves mounts in it. */
async function removeFolder(dir: string): Promise<void> {
  const mounts = (await Deno.readTextFile("/proc/self/mountinfo")).split("\n")
    .map((line) => line.split(" ")[4] ?? "").filter((path) => path.startsWith(`${dir}/`));
  for (const path of mounts.toReversed()) {
    await new Deno.Command("umount", { args: ["-l", path] }).output();
  }
  await Deno.remove(dir, { recursive: true });
}
