/**
 * A machine of its own, as far as programs of a test can tell: network, mounts, host name and processes are in
 * namespaces. What runs in it ends when it is disposed of, and also when the test's process dies; what it has mounted
 * and the network devices that it has made are gone then. It sees all files of this machine.
 */
import { ensurePrograms, requireProgram } from "./debian_packages.ts";

/** All else that is needed is in every Debian. */
const PROGRAMS = [{ program: "ip", package: "iproute2" }];
const READY = "ready\n";

export class Namespaces implements AsyncDisposable {
  /** `holder` keeps them: its child is the first of the processes in them. */
  private constructor(readonly hostname: string, readonly holder: Deno.ChildProcess) {}

  /** `setup`: lines of a shell script that root runs in them before anything else. */
  static async create(hostname: string, setup: readonly string[]): Promise<Namespaces> {
    if (Deno.uid() !== 0) throw new Error(`Cannot make the machine "${hostname}": only root may`);
    await ensurePrograms(PROGRAMS);
    const script = [
      "exec 2>&1",
      `echo ${hostname} >/proc/sys/kernel/hostname`,
      "ip link set lo up",
      ...setup,
      "echo ready",
      "exec >/dev/null 2>&1",
      // Ends with the test's process. Not by exec: a shell sees to the children of others that have ended.
      "cat",
      "exit",
    ];
    const own = ["--net", "--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"];
    const holder = new Deno.Command(await requireProgram("unshare"), {
      args: [...own, "sh", "-ec", script.join("\n")],
      stdin: "piped",
      stdout: "piped",
      // Ctrl-C is for the test run to handle, which then ends this.
      detached: true,
    }).spawn();
    const namespaces = new Namespaces(hostname, holder);
    const told = await readUntilReady(holder.stdout);
    if (told.endsWith(READY)) return namespaces;
    await namespaces[Symbol.asyncDispose]();
    throw new Error(`Cannot make the machine "${hostname}": ${told.trim()}`);
  }

  /** The arguments of nsenter(1) with which a program gets in. */
  get entrance(): readonly string[] {
    const { pid } = this.holder;
    return [`--target=${pid}`, "--net", "--mount", "--uts", `--pid=/proc/${pid}/ns/pid_for_children`];
  }

  /** The same for a program that is to be on its network, and on this machine for all else. */
  get onlyNetwork(): string {
    return `--net=/proc/${this.holder.pid}/ns/net`;
  }

  /** Runs ip(8) on its network; processes have the same numbers to it as to this one. */
  async ip(...args: readonly (string | number)[]): Promise<void> {
    const command = new Deno.Command(await requireProgram("nsenter"), {
      args: [this.onlyNetwork, await requireProgram("ip"), ...args.map(String)],
      stdin: "null",
    });
    const { success, stderr } = await command.output();
    if (success) return;
    const reason = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot run "ip ${args.join(" ")}" on the machine "${this.hostname}": ${reason}`);
  }

  /** Kills all that runs in them. */
  async [Symbol.asyncDispose](): Promise<void> {
    // When the first process of a namespace ends, the kernel kills the others, and only then is it over.
    await this.holder.stdin.close().catch(() => {});
    await this.holder.status;
  }
}

async function readUntilReady(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.endsWith(READY)) break;
  }
  return text;
}
