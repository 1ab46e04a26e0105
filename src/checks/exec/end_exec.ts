/**
 * Ends a command that runs in a container. The engine has no call for that: the command and all in its process group
 * get SIGKILL from a second command in the container, or, where the image has no shell to send it,
 * from a container beside it that shares its processes and has the shell of the engine's host.
 */
import type { CreateBody, Mount } from "../../engine/create_body.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import type { Host } from "../../host/host.ts";
import { pause } from "../../host/pause.ts";
import { readFrames } from "./exec_output.ts";

/** For all of it. */
const TIMEOUT_MS = 30_000;
/** How long a busy engine may take to hear of an end. */
const END_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

export interface ExecPlace {
  readonly engine: ContainerEngine;
  readonly containerId: string;
  readonly host: Host;
  readonly stop: AbortSignal;
}

/** Undefined when the command does not run any more, else why it still does. */
export async function endExec(id: string, place: ExecPlace): Promise<string | undefined> {
  const { engine } = place;
  const signal = AbortSignal.any([place.stop, AbortSignal.timeout(TIMEOUT_MS)]);
  const reasons: string[] = [];
  try {
    const pid = await pidOf(id, place, signal);
    if (pid === undefined) return undefined;
    for (const kill of [killFromInside, killFromBeside]) {
      const reason = await kill(pid, place, signal).then(() => undefined, (error: Error) => error.message);
      if (await ends(id, engine, signal)) return undefined;
      if (reason !== undefined) reasons.push(reason);
    }
    return reasons.join("; ") || "it does not heed SIGKILL";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The command's number as the container counts; undefined when it does not run any more. */
async function pidOf(
  id: string,
  { engine, containerId, host }: ExecPlace,
  signal: AbortSignal,
): Promise<string | undefined> {
  let untilMs = Infinity;
  for (;;) {
    const inspected = await engine.inspectExec(id, signal);
    if (!inspected?.Running) return undefined;
    // In the middle of its start it has no number yet.
    if (inspected.Pid > 0) untilMs = Math.min(untilMs, performance.now() + END_TIMEOUT_MS);
    const process = `/proc/${inspected.Pid}`;
    // Only if it is the container's: the engine may count the processes of another machine.
    const isOurs = (await readProc(host, `${process}/cgroup`)).includes(containerId);
    const numbers = /^NSpid:\s+(.*)$/m.exec(await readProc(host, `${process}/status`))?.[1];
    const pid = numbers?.trim().split(/\s+/).at(-1);
    if (isOurs && pid !== undefined) return pid;
    if (performance.now() > untilMs) {
      throw new Error(`its process ${inspected.Pid} is not to be seen on this host`);
    }
    await pause(POLL_MS, signal);
  }
}

async function readProc(host: Host, path: string): Promise<string> {
  const file = await host.readFile(path, 1024 * 1024);
  return file.kind === "content" ? new TextDecoder().decode(file.bytes) : "";
}

/** An exec is the leader of a process group, whose number is its own (runc calls setsid). */
function killCommand(pid: string): string {
  return `kill -9 -${pid}`;
}

async function killFromInside(
  pid: string,
  { engine, containerId }: ExecPlace,
  signal: AbortSignal,
): Promise<void> {
  const argv = ["/bin/sh", "-c", killCommand(pid)];
  const request = { argv, environment: {}, workdir: undefined, hasStdin: false };
  const id = await engine.createExec(containerId, request, signal);
  let output = "";
  const onOutput = (_: unknown, bytes: Uint8Array) => output += new TextDecoder().decode(bytes);
  await readFrames(await engine.startExec(id, undefined, signal), onOutput, signal);
  if (output !== "") throw new Error(output.trim().slice(0, 500));
}

async function killFromBeside(pid: string, place: ExecPlace, signal: AbortSignal): Promise<void> {
  const { engine, containerId, host } = place;
  const container = await engine.inspectContainer(containerId, signal);
  if (container === undefined) return;
  const folders = ["/bin", "/lib", "/usr", ...(host.architecture === "amd64" ? ["/lib64"] : [])];
  const body: CreateBody = {
    Image: container.Image,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: [killCommand(pid)],
    User: "0:0",
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      // Whatever becomes of us, the engine removes it.
      AutoRemove: true,
      NetworkMode: "none",
      PidMode: `container:${containerId}`,
      LogConfig: { Type: "none", Config: {} },
      Mounts: folders.map((path): Mount => ({ Type: "bind", Source: path, Target: path, ReadOnly: true })),
    },
  };
  const name = `${container.Name.slice(1)}-end-of-check-${crypto.randomUUID().slice(0, 8)}`;
  const { id } = await engine.createContainer({ name, query: {}, body }, signal);
  try {
    await engine.startContainer(id, signal);
  } catch (error) {
    await engine.removeContainer(id, signal);
    throw error;
  }
}

async function ends(id: string, engine: ContainerEngine, signal: AbortSignal): Promise<boolean> {
  const untilMs = performance.now() + END_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    if (!(await engine.inspectExec(id, signal))?.Running) return true;
    await pause(POLL_MS, signal);
  }
  return false;
}
