/**
 * The machine-wide settings, which all services share: where InfluxDB is, who is told when something is wrong.
 * In: the places where the file may be. Out: the settings; no such file means that there are none.
 */
import * as v from "valibot";
import { ConfigError, type Problem } from "../errors.ts";
import type { FileRead, Host } from "../host/host.ts";
import { resolvePath } from "../host/paths.ts";
import { influxdbSection, resolveInfluxdb } from "./influxdb_config.ts";
import { decodeText, parseConfig, parseYaml, SIZE_LIMIT_BYTES } from "./load_config.ts";
import type { PageConfig } from "./page_config.ts";
import type { AllKeys } from "./runner_schema.ts";
import type { ConfigText } from "./secret_file.ts";
import { section } from "./values.ts";

const SYSTEM_FOLDER = "/etc/service_runner";
/** The second one is what the original looked for. */
const FILE_NAMES = ["config.yaml", "global_config.yaml"] as const;

/** Of most machines: the schema of all keys, `runner_schema.ts`, costs memory, and is loaded where another key stands. */
const influxdbOnly = v.nullish(section({ influxdb: v.nullish(influxdbSection) }), {});

export interface RunnerConfig extends AllKeys {
  readonly file: string;
  /** The text of the file, secrets and all, for problems that turn up later: see `runnerConfigProblems()`. */
  readonly text: string;
}

/** The machine-wide config of this machine, undefined if there is none. @throws ConfigError */
export async function findRunnerConfig(host: Host): Promise<RunnerConfig | undefined> {
  return await findAndParse(host, parseKeys);
}

/** What of it `service_runner page` needs, by default where there is no such file. @throws ConfigError */
export async function findPageConfig(host: Host): Promise<PageConfig> {
  const found = await findAndParse(
    host,
    async (source, content) => await (await import("./runner_schema.ts")).parsePageKeys(source, content),
  );
  const nowhere = { file: runnerConfigPaths(host)[0]!, text: "", host };
  return found ?? await (await import("./page_config.ts")).resolvePage({}, nowhere);
}

type Parse<T> = (source: ConfigText, content: unknown) => Promise<T>;

async function findAndParse<T>(host: Host, parse: Parse<T>): Promise<T | undefined> {
  const paths = runnerConfigPaths(host);
  const reads = await Promise.all(paths.map((path) => host.readFile(path, SIZE_LIMIT_BYTES)));
  const found = reads.findIndex(({ kind }) => kind !== "missing");
  return found === -1 ? undefined : await parseRunnerConfig(paths[found]!, reads[found]!, { host, parse });
}

/** Where the file may be; the first that is there counts. */
export function runnerConfigPaths(host: Host): string[] {
  const { env } = host;
  const named = env("service_runner_global_config");
  if (named) return [resolvePath(named, host.cwd())];
  const home = env("HOME");
  const own = env("XDG_CONFIG_HOME") || (home ? `${home}/.config` : undefined);
  const shared = (env("XDG_CONFIG_DIRS") || "/etc/xdg").split(":");
  // The base directory specification: what is not absolute is to be ignored.
  const folders = [own, ...shared].filter((folder) => folder?.startsWith("/"))
    .map((folder) => `${folder}/service_runner`);
  return [SYSTEM_FOLDER, ...folders].flatMap((folder) => FILE_NAMES.map((name) => `${folder}/${name}`));
}

/** @throws ConfigError */
async function parseRunnerConfig<T>(
  file: string,
  read: FileRead,
  { host, parse }: { readonly host: Host; readonly parse: Parse<T> },
): Promise<T> {
  try {
    const text = await decodeText(file, read);
    const isEmpty = text.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
    const content = isEmpty ? null : await parseYaml(file, text);
    return await parse({ file, text, host }, content);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.text === undefined) throw error;
    throw await runnerConfigProblems({ file, text: error.text }, error.problems);
  }
}

async function parseKeys(source: ConfigText, content: unknown): Promise<RunnerConfig> {
  const { file, text } = source;
  if (hasOtherKeys(content)) {
    const { parseAllKeys } = await import("./runner_schema.ts");
    return { file, text, ...await parseAllKeys(source, content) };
  }
  const given = await parseConfig(influxdbOnly, { file, text, content });
  const influxdb = given.influxdb ? await resolveInfluxdb(given.influxdb, source) : undefined;
  return { file, text, influxdb, alerts: undefined, page: undefined };
}

function hasOtherKeys(content: unknown): boolean {
  return typeof content === "object" && content !== null &&
    Object.keys(content).some((key) => key !== "influxdb");
}

/** An error in whose text and messages asterisks stand for what may be secret. */
export async function runnerConfigProblems(
  config: Pick<RunnerConfig, "file" | "text">,
  problems: readonly Problem[],
): Promise<ConfigError> {
  const { runnerConfigError } = await import("./problems/runner_problems.ts");
  return runnerConfigError(config, problems);
}

/**
 * The file as a machine-wide config; undefined if its place and its keys are not those of one.
 * @throws ConfigError
 */
export async function loadRunnerConfig(path: string, host: Host): Promise<RunnerConfig | undefined> {
  const file = resolvePath(path, host.cwd());
  const read = await host.readFile(file, SIZE_LIMIT_BYTES);
  if (read.kind !== "content") return undefined;
  // Decoded even if it is not UTF-8: its keys say which config it is, and so whether its values may be shown.
  const text = new TextDecoder().decode(read.bytes);
  const has = (keys: string) => new RegExp(`^[ \\t{"']*(${keys})["']?[ \\t]*:`, "m").test(text);
  const isMeant = runnerConfigPaths(host).includes(file) ||
    has("influxdb|alerts|page|token|token_file|spool_limit") && !has("name|image");
  return isMeant ? await parseRunnerConfig(file, read, { host, parse: parseKeys }) : undefined;
}
