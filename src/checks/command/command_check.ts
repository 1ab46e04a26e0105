/**
 * What the checks by command have in common, wherever the command runs: its stdin, and the comparison of exit code and
 * output with what the config expects. Outputs are compared byte for byte, and only where the config gives one.
 */
import type { CommandCheckConfig } from "../../config/monitor_config.ts";
import { concat } from "../../host/byte_buffer.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import { CheckFiles, type CheckFilesOptions } from "../check_files.ts";
import { CommandOutput } from "./command_output.ts";
import { firstDifference } from "../first_difference.ts";
import { Redactor } from "../../logging/redactor.ts";

/** What a command reads, undefined for nothing, and where to put what it writes. */
export interface CommandStreams {
  readonly stdin: Uint8Array<ArrayBuffer> | undefined;
  readonly output: CommandOutput;
}

export interface CommandCheckOptions extends CheckFilesOptions {
  /** The key of the config, e.g. `check_exe`. */
  readonly kind: string;
  /**
   * Runs the config's command to its end: its exit code, or a failing result where it has none. When the signal is
   * aborted, it ends the command and rejects.
   */
  run(streams: CommandStreams, signal: AbortSignal): Promise<number | CheckResult>;
}

const STDIN_LIMIT_BYTES = 16 * 1024 * 1024;

export function commandCheck(config: CommandCheckConfig, options: CommandCheckOptions): Check {
  const { kind } = options;
  const redactor = new Redactor(Object.values(config.environment));
  return {
    ...config.options,
    kind,
    name: config.name ?? defaultName(kind, config.argv),
    async run(signal) {
      const files = new CheckFiles(options);
      const file = await files.read("stdin_file", config.stdinFile, STDIN_LIMIT_BYTES);
      if (files.failure !== undefined) return files.failure;
      const output = new CommandOutput();
      const end = await options.run({ stdin: stdinOf(config.stdinString, file), output }, signal);
      return typeof end === "number" ? compareEnd(config, { statusCode: end, output }, redactor) : end;
    },
  };
}

/** e.g. `exe pg_isready`; without arguments and without assignments before the command, which may hold passwords. */
function defaultName(kind: string, argv: readonly string[]): string {
  const [program = "", option, script = ""] = argv;
  const isScript = program === "/bin/sh" && option === "-c";
  const word = isScript ? script.trim().split(/\s+/).find((word) => !word.includes("=")) ?? "" : program;
  return `${kind.replace(/^check_/, "").replaceAll("_", " ")} ${word}`.trim();
}

/** `stdin_string`, followed by the content of `stdin_file`; undefined if neither is given. */
function stdinOf(
  text: string | undefined,
  file: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  if (text === undefined && file === undefined) return undefined;
  return concat([new TextEncoder().encode(text), file ?? new Uint8Array()]);
}

function compareEnd(
  { expected }: CommandCheckConfig,
  { statusCode, output }: { readonly statusCode: number; readonly output: CommandOutput },
  redactor: Redactor,
): CheckResult {
  const reasons: string[] = [];
  const differing: Record<string, unknown> = {};
  if (statusCode !== expected.statusCode) {
    reasons.push(`exit code ${statusCode}, expected ${expected.statusCode}`);
    differing.status = expected.statusCode;
  }
  for (const stream of ["stdout", "stderr"] as const) {
    const text = expected[stream];
    if (text === undefined) continue;
    const difference = firstDifference(output.get(stream), new TextEncoder().encode(text));
    if (difference === undefined) continue;
    reasons.push(`${stream} differs from the expected one at byte ${difference + 1}`);
    differing[stream] = redactor.excerpt(text);
  }
  if (reasons.length === 0) return { ok: true, status: statusCode };
  const data = {
    status: statusCode,
    stdout: redactor.excerpt(output.get("stdout")),
    stderr: redactor.excerpt(output.get("stderr")),
    expected: differing,
  };
  return { ...failing(reasons.join("; "), data), status: statusCode };
}
