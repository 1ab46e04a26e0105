/** What `install` and `uninstall` do to the machine, as commands that an administrator could type. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { type ProgramEnd, runProgram } from "../host/run_program.ts";
import { shellLine } from "./shell_words.ts";

/** One command; if it fails, its output is part of the message. */
export interface Step {
  readonly argv: readonly [program: string, ...args: string[]];
  /** What the command reads, and what is printed in place of that text. */
  readonly stdin?: { readonly text: string; readonly shown: string };
}

/** The command was refused, or a step of it has failed. */
const EX_REFUSED = 1;
/** A PATH that `sudo` or `su` hands over may lack the sbin folders. */
const PATH_OF_ROOT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The administrator has to do something first; `message` says what. */
export class RefusedError extends Error {
  override name = "RefusedError";
}

/** Runs a command to its end, whatever its exit code. @throws RefusedError when there is no such program */
export async function ask({ argv, stdin }: Step, host: Host): Promise<ProgramEnd> {
  const environment = { PATH: PATH_OF_ROOT };
  const end = await runProgram({ argv, environment, stdin: stdin?.text, timeoutMs: Infinity }, host);
  if (end.statusCode === undefined) throw new RefusedError(`Cannot run "${argv[0]}": ${end.failure}`);
  return end;
}

export interface Administration {
  readonly verb: "install" | "uninstall";
  /** The steps that are still to be taken. @throws RefusedError */
  readonly steps: () => Promise<Step[]>;
  /** Printed where there is no step, and after the last one. */
  readonly nothingToDo: string;
  readonly afterwards: string;
}

/** Prints each step and takes it; with `dryRun` only prints it. The first step that fails ends it. */
export async function administer(
  { verb, steps: find, nothingToDo, afterwards }: Administration,
  { dryRun, host }: { readonly dryRun: boolean; readonly host: Host },
): Promise<Printed> {
  try {
    if (!dryRun) await requireRoot(host, verb);
    const steps = await find();
    for (const step of steps) {
      await say(host, `+ ${shellLine(step.argv)}${step.stdin === undefined ? "" : ` < ${step.stdin.shown}`}`);
      if (!dryRun) await take(step, host);
    }
    if (steps.length === 0) await say(host, nothingToDo);
    if (!dryRun) await say(host, afterwards);
    return {};
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { stderr: `${error.message}\n`, exitCode: EX_REFUSED };
  }
}

async function take(step: Step, host: Host): Promise<void> {
  const { statusCode, stdout, stderr } = await ask(step, host);
  if (statusCode === 0) return;
  const output = `${stdout}${stderr}`.trim();
  throw new RefusedError(`Cannot go on: that command ended with exit code ${statusCode}: ${output}`);
}

async function requireRoot(host: Host, verb: string): Promise<void> {
  const { stdout } = await ask({ argv: ["id", "-u"] }, host);
  if (stdout.trim() !== "0") throw new RefusedError(`Cannot ${verb}: only root may; try it with sudo`);
}

export async function say(host: Host, line: string): Promise<void> {
  await host.writeStdout(new TextEncoder().encode(`${line}\n`));
}
