// deno-lint-ignore-file camelcase -- config keys are as the user writes them
/**
 * Turns a HEALTHCHECK into a check that passes when its command would. One that fetches a page of this container by
 * curl or wget becomes an HTTP check, which needs no program in the container; any other stays a command.
 * Sources: curl(1); wget(1) and the wget of BusyBox.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { HealthConfig } from "../../engine/create_body.ts";
import { shellLine, shellWords } from "../shell_words.ts";

/** A check with its keys as in a config; `notes` become comments. */
export interface ImportedCheck {
  readonly kind: "check_http" | "check_internal_command";
  readonly keys: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

type Options = NonNullable<ParseArgsConfig["options"]>;

const SECOND = 1_000_000_000;
/** Of interval and timeout. */
const DEFAULT_DURATION = 30 * SECOND;
const DEFAULT_RETRIES = 3;

/**
 * Undefined where there is none, or it is switched off: `["NONE"]`. `isReachable`: whether the container has an address,
 * or shares the host's.
 */
export function importHealthCheck(health: HealthConfig, isReachable = true): ImportedCheck | undefined {
  // `["CMD-SHELL", line]` or `["CMD", …words]`
  const [kind, ...rest] = health.Test ?? [];
  const [program, ...args] = rest;
  if (!["CMD", "CMD-SHELL"].includes(kind ?? "") || !program) return undefined;
  const { Interval, Timeout, StartPeriod = 0, StartInterval = 0, Retries } = health;
  const interval = Number(Interval || DEFAULT_DURATION);
  // The engine counts the interval from the end of a run, so that its default may be longer than that.
  const timeout = Number(Timeout || Math.min(DEFAULT_DURATION, Math.max(interval, SECOND)));
  const times = {
    frequency: Math.max(1, Math.round(interval / SECOND)),
    timeout: duration(timeout),
    ...StartPeriod > 0 && { start_after: duration(Number(StartPeriod)) },
    failure_threshold: Retries || DEFAULT_RETRIES,
  };
  const notes = StartInterval > 0 ? ["There is nothing like the start interval here."] : [];
  const words = kind === "CMD" ? rest : simpleCommand(program);
  const request = isReachable && words !== undefined && requestOf(words);
  if (!request) {
    const command = kind === "CMD"
      ? { exe: program, ...args.length > 0 && { arguments: args } }
      : { shell_command: program };
    return { kind: "check_internal_command", keys: { ...command, ...times }, notes };
  }
  const { limitSeconds = Infinity, ...asked } = request;
  const keys = { ...asked, ...times, timeout: duration(Math.min(timeout, limitSeconds * SECOND)) };
  return {
    kind: "check_http",
    keys,
    notes: [`instead of the command in the container: ${shellLine(words)}`, ...notes],
  };
}

/** The words of a line that runs a single command (an ending such as `|| exit 1` aside); undefined for any other. */
function simpleCommand(line: string): string[] | undefined {
  const command = line
    .replace(/\s*\|\|\s*(?:exit\s+[1-9]\d*|false|kill\s[^|;&]*)\s*;?\s*$/, "")
    .replace(/\s*(?:[12&]?>+\s*(?:\/dev\/null|&[12]))/g, "");
  const unquoted = command.replace(/'[^']*'/g, "");
  const isPlain = !/[$`\\]/.test(unquoted) && !/[|;&<>()]/.test(unquoted.replace(/"[^"]*"/g, ""));
  return isPlain ? shellWords(command) : undefined;
}

const FLAG = { type: "boolean" } as const;
const VALUE = { type: "string" } as const;

/** The options that are understood; with any other the check stays a command. */
const CURL: Options = {
  fail: { ...FLAG, short: "f" },
  "fail-with-body": FLAG,
  head: { ...FLAG, short: "I" },
  insecure: { ...FLAG, short: "k" },
  location: { ...FLAG, short: "L" },
  request: { ...VALUE, short: "X" },
  "max-time": { ...VALUE, short: "m" },
  // Without an effect on whether it passes:
  silent: { ...FLAG, short: "s" },
  "show-error": { ...FLAG, short: "S" },
  include: { ...FLAG, short: "i" },
  verbose: { ...FLAG, short: "v" },
  ipv4: { ...FLAG, short: "4" },
  output: { ...VALUE, short: "o" },
  "write-out": { ...VALUE, short: "w" },
  "connect-timeout": VALUE,
};
const WGET: Options = {
  spider: FLAG,
  "no-check-certificate": FLAG,
  // As above; "-nv" is read as "-n -v".
  quiet: { ...FLAG, short: "q" },
  "no-verbose": { ...FLAG, short: "n" },
  verbose: { ...FLAG, short: "v" },
  "server-response": { ...FLAG, short: "S" },
  "output-document": { ...VALUE, short: "O" },
  timeout: { ...VALUE, short: "T" },
  tries: { ...VALUE, short: "t" },
};

/** What the command asks this container for, as keys of a check; undefined if it is another command, or does more. */
function requestOf([program = "", ...args]: readonly string[]) {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (name !== "curl" && name !== "wget") return undefined;
  const command = parsed(args, name === "curl" ? CURL : WGET);
  const url = command && ownUrl(command.positionals);
  if (!url) return undefined;
  const given = command.values as Readonly<Record<string, string | true | undefined>>;
  const insecure = given.insecure ?? given["no-check-certificate"];
  // Which authorities are trusted in the container is not known here.
  if (url.protocol === "https:" && !insecure) return undefined;
  const method = given.request ?? (given.head || given.spider ? "HEAD" : undefined);
  const follows = name === "wget" || given.location;
  // curl passes whatever the status; with -f, and as wget, up to 399.
  const any = name === "curl" && !given.fail && !given["fail-with-body"];
  const limit = Number(given["max-time"]);
  return {
    ...url.protocol === "https:" && { scheme: "https", tls: { insecure: true } },
    path: url.pathname + url.search,
    ...url.port !== "" && { port: Number(url.port) },
    ...method !== undefined && { method },
    // Servers look at the name.
    headers: { Host: [url.host] },
    ...follows && { follow_redirects: true },
    expected: {
      status: any ? ["1xx", "2xx", "3xx", "4xx", "5xx"] : name === "wget" ? "2xx" : ["2xx", "3xx"],
    },
    limitSeconds: limit > 0 ? limit : undefined,
  };
}

function parsed(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // An option that is not in the table, or without its value.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The one URL that is asked for, if that is on this container. */
function ownUrl([text = "", ...others]: readonly string[]): URL | undefined {
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  // curl takes brackets and braces for several URLs at once.
  if (others.length > 0 || /[{}]|\/.*[[\]]/.test(full.slice("https://".length)) || !URL.canParse(full)) {
    return undefined;
  }
  const url = new URL(full);
  const isHere = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].includes(url.hostname);
  return isHere && url.username === "" && url.password === "" ? url : undefined;
}

/** e.g. `90s` or `500ms` */
function duration(nanoseconds: number): string {
  const ms = Math.max(1, Math.round(nanoseconds / 1_000_000));
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
