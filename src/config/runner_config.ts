/**
 * The machine-wide settings, which all services share: where InfluxDB is.
 * In: the places where the file may be. Out: the settings; no such file means that there are none.
 */
import * as v from "valibot";
import { ConfigError, type Problem } from "../errors.ts";
import type { FileRead, Host } from "../host/host.ts";
import { folderOf, resolvePath } from "../host/paths.ts";
import { configError, decodeText, parseConfig, parseYaml, SIZE_LIMIT_BYTES } from "./load_config.ts";
import { mustBe, section, text } from "./values.ts";

const SYSTEM_FOLDER = "/etc/service_runner";
/** The second one is what the original looked for. */
const FILE_NAMES = ["config.yaml", "global_config.yaml"] as const;
/** systemd.exec(5), `LoadCredential=`. */
const CREDENTIAL = "influxdb-token";
const TOKEN_LIMIT_BYTES = 64 * 1024;

const LOCATION_RULE = "like http://localhost:8086: http or https, with neither user, query nor fragment";
const SIZE_RULE = "a size such as 500k, 64m or 2g";
const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

const location = v.pipe(
  text,
  // The message leaves out what was given, which may hold a password.
  v.check((input) => parseLocation(input) !== undefined, `must be ${LOCATION_RULE}`),
  v.transform((input) => parseLocation(input) ?? ""),
  v.metadata({ jsonSchema: { type: "string", pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s][^?#@]*$" } }),
);

const size = v.pipe(
  text,
  v.regex(/^\d+[kmgKMG]$/, mustBe(SIZE_RULE)),
  v.transform((input) => parseInt(input) * (SIZE_UNITS[input.slice(-1).toLowerCase()] ?? 0)),
);

const nonEmpty = v.pipe(text, v.nonEmpty("must not be empty"));

/** What may stand in a header. */
const TOKEN = /^[\x20-\x7e]+$/;

const influxdbSection = v.pipe(
  section({
    location,
    token: v.optional(v.pipe(text, v.regex(TOKEN, "must be of ASCII characters"))),
    token_file: v.optional(nonEmpty),
    org: v.optional(nonEmpty),
    bucket: v.optional(nonEmpty, "monitoring"),
    spool_limit: v.optional(size, "64m"),
  }),
  v.forward(
    v.check(
      (input) => input.token === undefined || input.token_file === undefined,
      'must not be given beside "token"',
    ),
    ["token_file"],
  ),
  v.metadata({ jsonSchema: { not: { required: ["token", "token_file"] } } }),
);

export const runnerSchema = v.pipe(
  v.nullish(section({ influxdb: v.nullish(influxdbSection) }), {}),
  v.transform(({ influxdb }) => influxdb ?? undefined),
);

/** The InfluxDB of this machine. */
export interface InfluxdbConfig {
  /** Its URL, without a slash at the end; it may have a path. */
  readonly location: string;
  /** Undefined where none is given. */
  readonly token: string | undefined;
  readonly org: string;
  readonly bucket: string;
  /** How much may wait on disk while it can not be reached. */
  readonly spoolLimitBytes: number;
}

export interface RunnerConfig {
  readonly file: string;
  readonly influxdb: InfluxdbConfig | undefined;
  /** The text of the file, secrets and all, for problems that turn up later: see `runnerConfigProblems()`. */
  readonly text: string;
}

/** The machine-wide config of this machine, undefined if there is none. @throws ConfigError */
export async function findRunnerConfig(host: Host): Promise<RunnerConfig | undefined> {
  const paths = runnerConfigPaths(host);
  const reads = await Promise.all(paths.map((path) => host.readFile(path, SIZE_LIMIT_BYTES)));
  const found = reads.findIndex(({ kind }) => kind !== "missing");
  return found === -1 ? undefined : await parseRunnerConfig(paths[found]!, reads[found]!, host);
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
async function parseRunnerConfig(file: string, read: FileRead, host: Host): Promise<RunnerConfig> {
  try {
    const text = await decodeText(file, read);
    const isEmpty = text.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
    const content = isEmpty ? null : await parseYaml(file, text);
    const influxdb = await parseConfig(runnerSchema, { file, text, content });
    if (influxdb === undefined) return { file, influxdb: undefined, text };
    const { location, org = host.hostname(), bucket, spool_limit: spoolLimitBytes } = influxdb;
    const token = influxdb.token ?? await readToken(influxdb.token_file, { file, text, host });
    return { file, influxdb: { location, token, org, bucket, spoolLimitBytes }, text };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.text === undefined) throw error;
    throw await runnerConfigProblems({ file, text: error.text }, error.problems);
  }
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
    has("influxdb|token|token_file|spool_limit") && !has("name|image");
  return isMeant ? await parseRunnerConfig(file, read, host) : undefined;
}

/** The token in the file that the config names, else in systemd's credential; undefined if there is neither. */
async function readToken(
  named: string | undefined,
  { file, text, host }: { readonly file: string; readonly text: string; readonly host: Host },
): Promise<string | undefined> {
  const credentials = host.env("CREDENTIALS_DIRECTORY");
  if (named === undefined && !credentials) return undefined;
  const path = resolvePath(named ?? CREDENTIAL, named === undefined ? credentials! : folderOf(file));
  const read = await host.readFile(path, TOKEN_LIMIT_BYTES);
  const token = read.kind === "content" ? new TextDecoder().decode(read.bytes).trim() : "";
  if (TOKEN.test(token)) return token;
  if (read.kind === "missing" && named === undefined) return undefined;
  const reason = read.kind === "missing"
    ? "there is no such file"
    : read.kind === "error"
    ? read.reason
    : "it must hold a token of ASCII characters";
  const message = `names a file that can not be used, "${path}": ${reason}`;
  const key = named === undefined ? [] : ["token_file"];
  throw await configError(file, text, [{ path: ["influxdb", ...key], message }]);
}

/** The URL without a slash at its end; undefined if it is not one. */
function parseLocation(input: string): string | undefined {
  if (!URL.canParse(input)) return undefined;
  const url = new URL(input);
  const isPlain = url.username + url.password + url.search + url.hash === "" && !/[?#@]/.test(input);
  if (!isPlain || !/^https?:$/.test(url.protocol) || url.hostname === "") return undefined;
  return url.href.replace(/\/+$/, "");
}
