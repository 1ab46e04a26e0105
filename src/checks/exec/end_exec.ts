/**
 * Ends a command that runs in a container. The engine has no call for that: a second command, run by the container's
 * own /bin/sh, sends SIGKILL to the first one and to all in its process group.
 */
import type { ContainerEngine } from "../../engine/engine.ts";
import type { ReadProc } from "../../host/process_identity.ts";
import { pause } from "../../host/pause.ts";
import { readFrames } from "./exec_output.ts";

/** For all of it. */
const TIMEOUT_MS = 30_000;
/** From the command's start until its process is to be seen in /proc. */
const VISIBLE_TIMEOUT_MS = 1_000;
/** From the SIGKILL until a busy engine has noticed the end. */
const END_TIMEOUT_MS = 5_000;
const POLL_MS = 20;
/** Of what is said of a command that can not be ended. */
const COMPLAINT_LENGTH = 500;

export interface ExecPlace {
  readonly engine: ContainerEngine;
  readonly containerId: string;
  readonly readProc: ReadProc;
  /** Aborted when the container is going to be stopped, and all in it ends anyway. */
  readonly stop: AbortSignal;
}

/** `id`: of the command, by the engine. Undefined when the command does not run any more, else why it still does. */
export async function endExec(id: string, place: ExecPlace): Promise<string | undefined> {
  const signal = AbortSignal.any([place.stop, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const pid = await pidOf(id, place, signal);
    if (pid === undefined) return undefined;
    const complaint = await kill(pid, place, signal);
    // A complaint may be that the command has just ended.
    const untilMs = performance.now() + (complaint === "" ? END_TIMEOUT_MS : END_TIMEOUT_MS / 10);
    do {
      if (!(await place.engine.inspectExec(id, signal))?.Running) return undefined;
      await pause(POLL_MS, signal);
    } while (performance.now() < untilMs);
    return complaint || "it does not heed SIGKILL";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The command's process id in the container's own numbering; undefined when it does not run any more. */
async function pidOf(
  id: string,
  { engine, containerId, readProc }: ExecPlace,
  signal: AbortSignal,
): Promise<string | undefined> {
  let untilMs = Infinity;
  for (;;) {
    const inspected = await engine.inspectExec(id, signal);
    if (!inspected?.Running) return undefined;
    // Until the process has started, the engine says 0.
    if (inspected.Pid > 0) untilMs = Math.min(untilMs, performance.now() + VISIBLE_TIMEOUT_MS);
    const process = `/proc/${inspected.Pid}`;
    // If the engine runs on another machine, that number is somebody else's process here.
    const isOurs = readProc(`${process}/cgroup`)?.includes(containerId);
    const numbers = /^NSpid:\s+(.*)$/m.exec(readProc(`${process}/status`) ?? "")?.[1];
    const pid = numbers?.trim().split(/\s+/).at(-1);
    if (isOurs && pid !== undefined) return pid;
    if (performance.now() > untilMs) {
      throw new Error(`its process ${inspected.Pid} is not to be seen on this host`);
    }
    await pause(POLL_MS, signal);
  }
}

/** What the killing command says, as that there is no shell; empty when all went well. */
async function kill(
  pid: string,
  { engine, containerId }: ExecPlace,
  signal: AbortSignal,
): Promise<string> {
  // runc makes each exec the leader of a process group (setsid), which has the number of its leader.
  const argv = ["/bin/sh", "-c", `kill -9 -${pid}`];
  const request = { argv, environment: {}, workdir: undefined, hasStdin: false };
  const id = await engine.createExec(containerId, request, signal);
  let output = "";
  // The shell is the container's own, and may write for ever.
  const onOutput = (_: unknown, bytes: Uint8Array) => {
    if (output.length < COMPLAINT_LENGTH) output += new TextDecoder().decode(bytes);
  };
  await readFrames(await engine.startExec(id, undefined, signal), onOutput, signal);
  return output.trim().slice(0, COMPLAINT_LENGTH);
}
