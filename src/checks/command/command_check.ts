/**
 * What the checks by command have in common, wherever the command runs: its input, and the comparison of its end
 * with what the config expects. Byte for byte; what is not given is not compared.
 */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import type { Host } from "../../host/host.ts";
import { resolvePath } from "../../host/paths.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import { basics } from "../check_basics.ts";
import { CommandOutput } from "./command_output.ts";
import { firstDifference } from "../first_difference.ts";
import { Redactor } from "../redactor.ts";

/** A command, ready to be run. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly stdin: Uint8Array<ArrayBuffer> | undefined;
  readonly output: CommandOutput;
}

/**
 * Runs a command to its end; its exit code, or a failing result where it has none.
 * Rejects when the signal is aborted, and nothing of the command is left then.
 */
export type CommandRunner = (command: Command, signal: AbortSignal) => Promise<number | CheckResult>;

export interface CommandCheckOptions {
  /** The key of the config. */
  readonly kind: string;
  readonly host: Host;
  /** The config file's folder, for a relative `stdin_file`. */
  readonly folder: string;
  readonly run: CommandRunner;
}

const STDIN_LIMIT_BYTES = 16 * 1024 * 1024;

export function commandCheck(config: CommandCheckConfig, options: CommandCheckOptions): Check {
  const { kind, host, folder, run } = options;
  const shown = new Redactor(Object.values(config.environment));
  return {
    ...basics(config, { kind, name: defaultName(kind, config.argv) }),
    async run(signal) {
      const stdin = await readStdin(config, { host, folder });
      if (stdin !== undefined && !(stdin instanceof Uint8Array)) return stdin;
      const output = new CommandOutput();
      const { argv, environment, workdir } = config;
      const end = await run({ argv, environment, workdir, stdin, output }, signal);
      return typeof end === "number" ? compareEnd(config, { statusCode: end, output }, shown) : end;
    },
  };
}

/** Arguments may hold passwords, and so may assignments before the command: only its name is told. */
function defaultName(kind: string, argv: readonly string[]): string {
  const [program = "", option, script = ""] = argv;
  const isScript = program === "/bin/sh" && option === "-c";
  const word = isScript ? script.trim().split(/\s+/).find((word) => !word.includes("=")) ?? "" : program;
  return `${kind.replace(/^check_/, "").replaceAll("_", " ")} ${word}`.trim();
}

/** `stdin_string`, and behind it the content of `stdin_file`, which is read anew each time. */
async function readStdin(
  { stdinString, stdinFile }: CommandCheckConfig,
  { host, folder }: { readonly host: Host; readonly folder: string },
): Promise<Uint8Array<ArrayBuffer> | CheckResult | undefined> {
  const text = stdinString === undefined ? undefined : new TextEncoder().encode(stdinString);
  if (stdinFile === undefined) return text;
  const path = resolvePath(stdinFile, folder);
  const file = await host.readFile(path, STDIN_LIMIT_BYTES);
  if (file.kind === "content") return joined(text ?? new Uint8Array(), file.bytes);
  const reason = file.kind === "missing" ? "there is no such file" : file.reason;
  return failing(`cannot read stdin_file "${path}": ${reason}`, { stdin_file: path });
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function compareEnd(
  { expected }: CommandCheckConfig,
  { statusCode, output }: { readonly statusCode: number; readonly output: CommandOutput },
  shown: Redactor,
): CheckResult {
  const reasons: string[] = [];
  const missed: Record<string, unknown> = {};
  if (statusCode !== expected.statusCode) {
    reasons.push(`exit code ${statusCode}, expected ${expected.statusCode}`);
    missed.status = expected.statusCode;
  }
  for (const stream of ["stdout", "stderr"] as const) {
    const text = expected[stream];
    if (text === undefined) continue;
    const difference = firstDifference(output.get(stream), new TextEncoder().encode(text));
    if (difference === undefined) continue;
    reasons.push(`${stream} differs from the expected one at byte ${difference + 1}`);
    missed[stream] = shown.beginning(text);
  }
  if (reasons.length === 0) return { ok: true, status: statusCode };
  const data = {
    status: statusCode,
    stdout: shown.beginning(output.get("stdout")),
    stderr: shown.beginning(output.get("stderr")),
    expected: missed,
  };
  return { ...failing(reasons.join("; "), data), status: statusCode };
}
