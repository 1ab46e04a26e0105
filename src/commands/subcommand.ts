/**
 * The commands beside running a service: who carries them out. Each is loaded when it is asked for.
 * In: what follows the command's name. Out: what is to be printed.
 */
import { parseArgs } from "node:util";
import type { Printed, Subcommand } from "../cli.ts";
import { EX_OK, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { COMMANDS } from "./command_table.ts";
import type { CommandContext } from "./command_context.ts";
import { COMMAND_USAGE } from "./usage.ts";

/** A parsed command line. */
interface Line {
  readonly words: readonly string[];
  /** The words after "--", unparsed. */
  readonly listed: readonly string[] | undefined;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** The command line is wrong; `message` says how. */
class UsageError extends Error {
  override name = "UsageError";
}

/** Carries out one command. @throws UsageError */
type Run = (line: Line, context: CommandContext) => Promise<Printed>;

const RUNS: Readonly<Record<Subcommand, Run>> = {
  validate: async ({ words, listed = [], options: { json } }, context) => {
    const given = [...words, ...listed];
    const files = given.length > 0 ? given : [configOfEnvironment(context.host)];
    const { validate } = await import("./validate.ts");
    return await validate({ files, json: json === true }, context);
  },
  plan: async ({ words, listed }, { host }) => {
    const { planArguments, planConfig } = await import("./plan.ts");
    if (listed !== undefined && words.length === 0) return await planArguments(listed, host);
    return await planConfig(oneConfig([...words, ...listed ?? []]) ?? configOfEnvironment(host), host);
  },
  import: carryOutImport,
  status: async ({ words, listed = [], options: { json, watch } }, context) => {
    const { status } = await import("./status.ts");
    return await status(
      { names: [...words, ...listed], json: json === true, watch: watch === true },
      context,
    );
  },
  doctor: async ({ words, listed = [], options: { json } }, context) => {
    const configPath = oneConfig([...words, ...listed]);
    const { doctor } = await import("./doctor.ts");
    return await doctor({ configPath, json: json === true }, context);
  },
  completions: async (line, context) => {
    const { completeLine, completionScript } = await import("./completions.ts");
    if (line.listed !== undefined && line.words.length === 0) {
      return await completeLine(line.listed, context.host);
    }
    const shell = oneWord("completions", line);
    if (shell === undefined) throw new UsageError("a shell is expected: bash, zsh or fish");
    return completionScript(shell);
  },
  dashboard: async (line) => {
    oneWord("dashboard", line);
    return (await import("./dashboard.ts")).dashboard();
  },
  install: async (line, { host }) =>
    (await import("./install.ts")).install(adminOptions("install", line), host),
  uninstall: async (line, { host }) =>
    (await import("./uninstall.ts")).uninstall(adminOptions("uninstall", line), host),
  schema: async (line) => {
    const { schema } = await import("./schema.ts");
    return schema(oneWord("schema", line) === "runner" ? "runner" : "service");
  },
};

/** Parses the arguments and carries out the command; a wrong command line ends with exit code 64. */
export async function carryOut(
  { command, args }: { readonly command: Subcommand; readonly args: readonly string[] },
  context: CommandContext,
): Promise<Printed> {
  try {
    const line = parseLine(command, args);
    if (line.options.help) return { stdout: COMMAND_USAGE[command], stderr: "", exitCode: EX_OK };
    return await RUNS[command](line, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const stderr = `service_runner: ${error.message}\nTry "service_runner ${command} --help".\n`;
    return { stdout: "", stderr, exitCode: EX_USAGE };
  }
}

function parseLine(command: Subcommand, args: readonly string[]): Line {
  const separator = args.indexOf("--");
  const own = separator === -1 ? args : args.slice(0, separator);
  const listed = separator === -1 ? undefined : args.slice(separator + 1);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, ...COMMANDS[command].options },
    });
    return { words: positionals, listed, options: values as Line["options"] };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function carryOutImport(
  { words, listed, options: { container } }: Line,
  { host }: CommandContext,
): Promise<Printed> {
  const [file, service, ...others] = words;
  const sources = [container, listed, file].filter((source) => source !== undefined);
  if (sources.length !== 1 || others.length > 0) {
    throw new UsageError('either "-- docker run ...", a Compose file, or "--container NAME" is expected');
  }
  const command = await import("./import.ts");
  if (listed !== undefined) return await command.importRun(listed, host);
  if (file !== undefined) return await command.importCompose({ file, service }, host);
  return await command.importContainer(String(container), host);
}

function adminOptions(command: "install" | "uninstall", line: Line) {
  oneWord(command, line);
  const { "dry-run": dryRun, force } = line.options;
  return { dryRun: dryRun === true, force: force === true };
}

function oneConfig([configPath, ...others]: readonly string[]): string | undefined {
  if (others.length > 0) throw new UsageError(`one config is expected, got ${others.length} more`);
  return configPath;
}

function configOfEnvironment({ env }: Host): string {
  const path = env("service_config") ?? "";
  if (path === "") throw new UsageError("no config file is given, and service_config is not set");
  return path;
}

/** The one word that follows the command, undefined if there is none. @throws UsageError if it is not in the table */
function oneWord(command: Subcommand, { words, listed }: Line): string | undefined {
  const allowed = COMMANDS[command].words;
  const [word, ...others] = [...words, ...listed ?? []];
  if (word !== undefined && allowed.length === 0) {
    throw new UsageError(`no argument is expected, got "${word}"`);
  }
  if (others.length > 0) {
    throw new UsageError(`one word is expected, got ${others.length} more: "${others.join('", "')}"`);
  }
  if (word !== undefined && typeof allowed !== "string" && !allowed.includes(word)) {
    throw new UsageError(`"${word}" is not known here: ${allowed.join(" or ")} is expected`);
  }
  return word;
}
