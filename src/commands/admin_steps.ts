/** What `install` and `uninstall` do to the machine, as commands that an administrator could type. */
import type { Host } from "../host/host.ts";
import { type ProgramEnd, runProgram } from "../host/run_program.ts";
import { shellLine } from "./shell_words.ts";

/** One command. Its output is shown when it fails. */
export interface Step {
  readonly argv: readonly [program: string, ...args: string[]];
  /** What it reads, and how that is shown. */
  readonly stdin?: { readonly text: string; readonly shown: string };
}

/** `sudo`, `su` and the like may leave these out. */
const PATH_OF_ROOT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Something that the administrator has to see to first; `message` says what. */
export class RefusedError extends Error {
  override name = "RefusedError";
}

/** Runs a command to its end, whatever that is. @throws RefusedError when there is no such program */
export async function ask({ argv, stdin }: Step, host: Host): Promise<ProgramEnd> {
  const environment = { PATH: PATH_OF_ROOT };
  const end = await runProgram({ argv, environment, stdin: stdin?.text, timeoutMs: Infinity }, host);
  if (end.statusCode === undefined) throw new RefusedError(`Cannot run "${argv[0]}": ${end.failure}`);
  return end;
}

/** Shows each step and takes it, or shows it only. @throws RefusedError when one fails; the rest is not done then */
export async function takeSteps(
  steps: readonly Step[],
  { dryRun, host }: { readonly dryRun: boolean; readonly host: Host },
): Promise<void> {
  for (const step of steps) {
    await say(host, `+ ${commandLine(step)}`);
    if (dryRun) continue;
    const { statusCode, stdout, stderr } = await ask(step, host);
    if (statusCode === 0) continue;
    const output = `${stdout}${stderr}`.trim();
    throw new RefusedError(`Cannot go on: that command ended with exit code ${statusCode}: ${output}`);
  }
}

/** @throws RefusedError */
export async function requireRoot(host: Host, verb: string): Promise<void> {
  const { stdout } = await ask({ argv: ["id", "-u"] }, host);
  if (stdout.trim() !== "0") throw new RefusedError(`Cannot ${verb}: only root may; try it with sudo`);
}

export async function say(host: Host, line: string): Promise<void> {
  await host.writeStdout(new TextEncoder().encode(`${line}\n`));
}

function commandLine({ argv, stdin }: Step): string {
  return shellLine(argv) + (stdin === undefined ? "" : ` < ${stdin.shown}`);
}
