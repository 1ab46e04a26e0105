/**
 * The commands beside running a service: their arguments, and who carries them out. Each is loaded when it is asked for.
 * In: what follows the command's name. Out: what is to be printed.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Printed, Subcommand } from "../cli.ts";
import { EX_OK, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import type { Tools } from "../host/tools.ts";
import { COMMAND_USAGE } from "./usage.ts";

/** What was given on the command line. */
export interface Line {
  readonly words: readonly string[];
  /** What follows "--", to the letter. */
  readonly listed: readonly string[] | undefined;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

export interface World {
  readonly host: Host;
  readonly tools: Tools;
}

/** A message for a wrong command line. */
export class UsageError extends Error {
  override name = "UsageError";
}

interface Row {
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** @throws UsageError */
  readonly run: (line: Line, world: World) => Promise<Printed>;
}

const HELP = { help: { type: "boolean", short: "h" } } as const;

const ADMIN_OPTIONS = { "dry-run": { type: "boolean" }, force: { type: "boolean" } } as const;

const ROWS: Readonly<Record<Subcommand, Row>> = {
  validate: {
    options: { json: { type: "boolean" } },
    run: async ({ words, listed = [], options: { json } }, { host, tools }) => {
      const given = [...words, ...listed];
      const files = given.length > 0 ? given : [host.env("service_config") ?? ""];
      if (files[0] === "") throw new UsageError("no config file is given, and service_config is not set");
      const { validate } = await import("./validate.ts");
      return await validate({ files, json: json === true }, host, tools);
    },
  },
  plan: {
    options: {},
    run: async ({ words, listed }, { host }) => {
      const { planArguments, planConfig } = await import("./plan.ts");
      if (listed !== undefined && words.length === 0) return await planArguments(listed, host);
      const [configPath = host.env("service_config") ?? "", ...others] = [...words, ...listed ?? []];
      if (configPath === "") throw new UsageError("no config file is given, and service_config is not set");
      if (others.length > 0) throw new UsageError(`one config is expected, got ${others.length} more`);
      return await planConfig(configPath, host);
    },
  },
  import: { options: { container: { type: "string" } }, run: carryOutImport },
  status: {
    options: { json: { type: "boolean" }, watch: { type: "boolean", short: "w" } },
    run: async ({ words, listed = [], options: { json, watch } }, world) => {
      const { status } = await import("./status.ts");
      return await status(
        { names: [...words, ...listed], json: json === true, watch: watch === true },
        world,
      );
    },
  },
  doctor: {
    options: { json: { type: "boolean" } },
    run: async ({ words, listed = [], options: { json } }, world) => {
      const [configPath, ...others] = [...words, ...listed];
      if (others.length > 0) throw new UsageError(`one config is expected, got ${others.length} more`);
      const { doctor } = await import("./doctor.ts");
      return await doctor({ configPath, json: json === true }, world);
    },
  },
  completions: {
    options: {},
    run: async (line, world) => {
      const { completions, COMPLETION_WORDS } = await import("./completions.ts");
      const word = oneWord(line, COMPLETION_WORDS);
      if (word === undefined) throw new UsageError("a shell is expected: bash, zsh or fish");
      return await completions(word, world);
    },
  },
  dashboard: {
    options: {},
    run: async (line) => {
      oneWord(line, []);
      return (await import("./dashboard.ts")).dashboard();
    },
  },
  install: { options: ADMIN_OPTIONS, run: (line, world) => carryOutAdmin("install", line, world) },
  uninstall: { options: ADMIN_OPTIONS, run: (line, world) => carryOutAdmin("uninstall", line, world) },
  schema: {
    options: {},
    run: async (line) =>
      (await import("./schema.ts")).schema(oneWord(line, ["service", "runner"]) ?? "service"),
  },
};

export async function carryOut(
  { command, args }: { readonly command: Subcommand; readonly args: readonly string[] },
  host: Host,
  tools: Tools,
): Promise<Printed> {
  try {
    const line = parseLine(args, ROWS[command].options);
    if (line.options.help) return { stdout: COMMAND_USAGE[command], stderr: "", exitCode: EX_OK };
    return await ROWS[command].run(line, { host, tools });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const stderr = `service_runner: ${error.message}\nTry "service_runner ${command} --help".\n`;
    return { stdout: "", stderr, exitCode: EX_USAGE };
  }
}

function parseLine(args: readonly string[], options: Row["options"]): Line {
  const separator = args.indexOf("--");
  const own = separator === -1 ? args : args.slice(0, separator);
  const listed = separator === -1 ? undefined : args.slice(separator + 1);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: { ...HELP, ...options },
    });
    return { words: positionals, listed, options: values as Line["options"] };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function carryOutImport(
  { words, listed, options: { container } }: Line,
  { host }: World,
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

async function carryOutAdmin(kind: "install" | "uninstall", line: Line, { host }: World): Promise<Printed> {
  oneWord(line, []);
  const { "dry-run": dryRun, force } = line.options;
  const { administer } = await import("./administer.ts");
  return await administer({ kind, dryRun: dryRun === true, force: force === true }, host);
}

/** The only word of the line, one of those that are allowed; undefined if there is none. */
function oneWord<T extends string>({ words, listed }: Line, allowed: readonly T[]): T | undefined {
  const [word, ...others] = [...words, ...listed ?? []];
  if (word !== undefined && allowed.length === 0) {
    throw new UsageError(`no argument is expected, got "${word}"`);
  }
  if (others.length > 0) {
    throw new UsageError(`one word is expected, got ${others.length} more: "${others.join('", "')}"`);
  }
  const found = allowed.find((candidate) => candidate === word);
  if (word !== undefined && found === undefined) {
    throw new UsageError(`"${word}" is not known here: ${allowed.join(" or ")} is expected`);
  }
  return found;
}
