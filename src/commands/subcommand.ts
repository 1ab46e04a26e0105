/**
 * The commands beside running a service: who carries them out. Each is loaded when it is asked for.
 * In: what follows the command's name. Out: what is to be printed.
 */
import { parseArgs } from "node:util";
import type { Printed, Subcommand } from "../cli.ts";
import { EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { type CommandOption, COMMANDS } from "./command_table.ts";
import { COMMAND_USAGE } from "./command_usage.ts";
import type { CommandContext, ServerContext } from "./command_context.ts";
import { UsageError } from "./usage_error.ts";

/** A parsed command line. */
interface Line {
  /** All words but the options. */
  readonly words: readonly string[];
  /** Those before "--", and those after it, which is undefined where there is no "--". */
  readonly before: readonly string[];
  readonly listed: readonly string[] | undefined;
  readonly isGiven: (option: string) => boolean;
  /** The values of an option that takes one. */
  readonly valuesOf: (option: string) => readonly string[];
}

const HELP: Readonly<Record<string, CommandOption>> = {
  help: { type: "boolean", short: "h", about: "say how it is used" },
};

/** Carries out one command. @throws UsageError */
type Run = (line: Line, context: ServerContext) => Promise<Printed>;

const RUNS: Readonly<Record<Subcommand, Run>> = {
  validate: async ({ words, isGiven }, context) => {
    const files = words.length > 0 ? words : [configOfEnvironment(context.host)];
    return await (await import("./validate.ts")).validate({ files, json: isGiven("json") }, context);
  },
  plan: async ({ words, before, listed }, { host }) => {
    const { planArguments, planConfig } = await import("./plan.ts");
    if (listed !== undefined && before.length === 0) return await planArguments(listed, host);
    return await planConfig(oneConfig(words) ?? configOfEnvironment(host), host);
  },
  import: carryOutImport,
  status: async ({ words: names, isGiven }, context) => {
    const { status } = await import("./status.ts");
    return await status({ names, json: isGiven("json"), watch: isGiven("watch") }, context);
  },
  logs: async (line, context) => {
    const { parseLogsOptions } = await import("./logs/log_options.ts");
    return await (await import("./logs.ts")).logs(parseLogsOptions(line), context);
  },
  metrics: async ({ words, valuesOf }, { host }) => {
    oneWord("metrics", words);
    const output = valuesOf("output").at(-1);
    if (output === "") throw new UsageError("--output has to be a file");
    return await (await import("./metrics.ts")).metrics({ output }, host);
  },
  page: async ({ words, valuesOf }, context) => {
    oneWord("page", words);
    return await (await import("./page.ts")).page({ listen: valuesOf("listen").at(-1) }, context);
  },
  doctor: async ({ words, isGiven }, context) => {
    const [word, ...others] = words;
    if (others.length > 0) throw new UsageError(`one service is expected, got ${others.length} more`);
    return await (await import("./doctor.ts")).doctor({ word, json: isGiven("json") }, context);
  },
  update: async ({ words: names, isGiven }, context) => {
    const action = isGiven("check") ? "check" : "update";
    const options = { names, action, force: isGiven("force"), json: isGiven("json") } as const;
    return await (await import("./update.ts")).update(options, context);
  },
  rollback: async ({ words: names, isGiven }, context) => {
    if (names.length !== 1) throw new UsageError(`one service is expected, got ${names.length}`);
    const options = { names, action: "rollback", force: false, json: isGiven("json") } as const;
    return await (await import("./update.ts")).update(options, context);
  },
  silence: async ({ words, isGiven }, { host }) => {
    const options = { words, all: isGiven("all"), off: isGiven("off") };
    return await (await import("./silence.ts")).silence(options, host);
  },
  alert: async ({ words, isGiven }, { host }) => {
    if (isGiven("test") === isGiven("ended")) throw new UsageError("--test or --ended is expected");
    if (isGiven("test")) return await (await import("./alert.ts")).alertTest(words, host);
    const [config, ...others] = words;
    if (config === undefined || others.length > 0) throw new UsageError("--ended needs one config");
    return await (await import("./alert_ended.ts")).alertEnded(config, host);
  },
  completions: async ({ words, before, listed }, { host }) => {
    const { completeLine, completionScript } = await import("./completions.ts");
    if (listed !== undefined && before.length === 0) return await completeLine(listed, host);
    const shell = oneWord("completions", words);
    if (shell === undefined) throw new UsageError("a shell is expected: bash, zsh or fish");
    return completionScript(shell);
  },
  dashboard: async ({ words }) => {
    const { dashboard } = await import("./dashboard.ts");
    return dashboard(oneWord("dashboard", words) === "prometheus" ? "prometheus" : "influxdb");
  },
  install: async (line, { host }) =>
    (await import("./installation.ts")).install(adminOptions("install", line), host),
  uninstall: async (line, { host }) =>
    (await import("./installation.ts")).uninstall(adminOptions("uninstall", line), host),
  schema: async ({ words }) => {
    const { schema } = await import("./schema.ts");
    return schema(oneWord("schema", words) === "runner" ? "runner" : "service");
  },
};

/** Parses the arguments and carries out the command; a wrong command line ends with exit code 64. */
export async function carryOut(
  { command, args }: { readonly command: Subcommand; readonly args: readonly string[] },
  context: ServerContext,
): Promise<Printed> {
  try {
    const line = parseLine(command, args);
    if (line.isGiven("help")) return { stdout: COMMAND_USAGE[command] };
    return await RUNS[command](line, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const stderr = `service_runner: ${error.message}\nTry "service_runner ${command} --help".\n`;
    return { stderr, exitCode: EX_USAGE };
  }
}

function parseLine(command: Subcommand, given: readonly string[]): Line {
  if (command === "import" && given[0] === "docker") {
    throw new UsageError('write "--" before the line that is imported: service_runner import -- docker ...');
  }
  const options: Record<string, CommandOption> = { ...HELP, ...COMMANDS[command].options };
  const args = withNegativeValues(given, options);
  try {
    const { values, positionals: words, tokens } = parseArgs({
      args,
      allowPositionals: true,
      tokens: true,
      options,
    });
    const separator = tokens.find(({ kind }) => kind === "option-terminator");
    const listed = separator && args.slice(separator.index + 1);
    const before = words.slice(0, words.length - (listed?.length ?? 0));
    const found = values as Readonly<Record<string, unknown>>;
    const valuesOf = (option: string) => [found[option] ?? []].flat() as string[];
    return { words, before, listed, isGiven: (option) => found[option] === true, valuesOf };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--since -1h` as `--since=-1h`: parseArgs takes no value that begins with a dash, and here no option is a number. */
function withNegativeValues(
  args: readonly string[],
  options: Readonly<Record<string, CommandOption>>,
): string[] {
  const takesValue = (word: string) =>
    Object.entries(options).some(([name, { type, short }]) =>
      type === "string" && (word === `--${name}` || word === `-${short}`)
    );
  const joined: string[] = [];
  for (const word of args) {
    const option = joined.at(-1);
    const isValue = /^-\d/.test(word) && option !== undefined && !joined.includes("--") && takesValue(option);
    if (isValue) joined.push(`${joined.pop()}${option.startsWith("--") ? "=" : ""}${word}`);
    else joined.push(word);
  }
  return joined;
}

async function carryOutImport(
  { before, listed, valuesOf }: Line,
  { host }: CommandContext,
): Promise<Printed> {
  const [container] = valuesOf("container");
  const further = valuesOf("file");
  // With -f, a single word is the service, unless it is written as a file.
  const hasFile = further.length === 0 || before.length > 1 ||
    /\/|^-$|\.(?:ya?ml|json)$/.test(before[0] ?? "");
  const [file, ...files] = [...hasFile ? before.slice(0, 1) : [], ...further];
  const [service, ...others] = before.slice(hasFile ? 1 : 0);
  const sources = [container, listed, file].filter((source) => source !== undefined);
  if (sources.length !== 1 || others.length > 0) {
    throw new UsageError('either "-- docker run ...", a Compose file, or "--container NAME" is expected');
  }
  const command = await import("./import.ts");
  if (listed !== undefined) return await command.importRun(listed, host);
  if (container !== undefined) return await command.importContainer(container, host);
  const passedOn = ["profile", "env-file", "project-name"].map((option) => [option, valuesOf(option)]);
  const options: Readonly<Record<string, string[]>> = Object.fromEntries(passedOn);
  const areNamed = further.length > 0;
  return await command.importCompose({ files: [String(file), ...files], areNamed, service, options }, host);
}

function adminOptions(command: "install" | "uninstall", { words, isGiven }: Line) {
  oneWord(command, words);
  return { dryRun: isGiven("dry-run"), force: isGiven("force") };
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
function oneWord(command: Subcommand, [word, ...others]: readonly string[]): string | undefined {
  const allowed = COMMANDS[command].words;
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
