/** Programs as processes of Deno, each in a process group of its own. */
import type { OutputStream, ProcessRequest } from "./host.ts";

/** Set for this process alone: by the first three, systemd would take a child's word for ours. */
// deno-fmt-ignore
const NOT_INHERITED = [
  "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "RUNTIME_DIRECTORY", "MALLOC_ARENA_MAX",
];

/** `Host.runProcess` on the real host. */
export async function runProcess(request: ProcessRequest): Promise<number> {
  const { argv: [program = "", ...args], environment, workdir, stdin, onOutput, signal } = request;
  signal.throwIfAborted();
  const env = Deno.env.toObject();
  for (const name of NOT_INHERITED) delete env[name];
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { ...env, ...environment },
    ...(workdir === undefined ? {} : { cwd: workdir }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    // A session, and with it a process group, of its own: its number is the child's.
    detached: true,
  }).spawn();
  const over = new AbortController();
  const end = () => {
    killGroup(child.pid);
    over.abort(signal.reason);
  };
  signal.addEventListener("abort", end);
  // Whoever has left the group may hold the other end for ever.
  const read = (stream: OutputStream) =>
    child[stream].pipeTo(new WritableStream({ write: (bytes) => onOutput(stream, bytes) }), {
      signal: over.signal,
    });
  const piped = Promise.all([writeStdin(child, stdin), read("stdout"), read("stderr")]);
  // What the process leaves running would hold its output open, and pile up.
  const status = child.status.finally(() => killGroup(child.pid));
  try {
    const [{ code }] = await Promise.all([status, piped]);
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener("abort", end);
    end();
    await Promise.allSettled([status, piped]);
  }
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody of it is left.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function writeStdin(child: Deno.ChildProcess, stdin: Uint8Array | undefined): Promise<void> {
  try {
    if (stdin !== undefined) await ReadableStream.from([stdin]).pipeTo(child.stdin);
  } catch (error) {
    // A program need not read what it is given.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
