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
  const words = kind === "CMD" ? rest : simpleCommand(program);
  const request = isReachable ? requestOf(words) : undefined;
  const command = kind === "CMD"
    ? { exe: program, ...args.length > 0 && { arguments: args } }
    : { shell_command: program };
  const { Interval, Timeout, StartPeriod = 0, StartInterval = 0, Retries } = health;
  const interval = Number(Interval || DEFAULT_DURATION);
  // The engine counts the interval from the end of a run, so that its default may be longer than that.
  const timeout = Number(Timeout || Math.min(DEFAULT_DURATION, Math.max(interval, SECOND)));
  return {
    kind: request === undefined ? "check_internal_command" : "check_http",
    keys: {
      ...request?.keys ?? command,
      frequency: count(interval / SECOND),
      timeout: duration(Math.min(timeout, request?.limit ?? Infinity)),
      ...StartPeriod > 0 && { start_after: duration(Number(StartPeriod)) },
      failure_threshold: count(Retries || DEFAULT_RETRIES),
    },
    notes: [
      ...request === undefined ? [] : [`instead of the command in the container: ${shellLine(words)}`],
      ...StartInterval > 0 ? ["There is nothing like the start interval here."] : [],
    ],
  };
}

/** The words of a line that runs a single command (an ending such as `|| exit 1` aside); none of any other. */
function simpleCommand(line: string): string[] {
  const command = line
    .replace(/\s*\|\|\s*(?:exit\s+[1-9]\d*|false|kill\s[^|;&]*)\s*;?\s*$/, "")
    .replace(/\s*(?:[12&]?>+\s*(?:\/dev\/null|&[12]))/g, "").trim();
  const unquoted = command.replace(/'[^']*'/g, "");
  const isPlain = !/[$`\\]/.test(unquoted) && !/[|;&<>()\n]/.test(unquoted.replace(/"[^"]*"/g, ""));
  return isPlain ? shellWords(command) : [];
}

/** By program, the options that are understood; with any other the check stays a command. */
// deno-fmt-ignore
const OPTIONS = new Map([
  ["curl", options(
    "fail -f", "fail-with-body", "head -I", "insecure -k", "location -L", "request= -X", "max-time= -m",
    // Without an effect on whether it passes:
    "silent -s", "show-error -S", "include -i", "verbose -v", "ipv4 -4", "output= -o", "write-out= -w",
    "connect-timeout=",
  )],
  ["wget", options(
    "spider", "no-check-certificate",
    // As above; "-nv" is read as "-n -v".
    "quiet -q", "no-verbose -n", "verbose -v", "server-response -S", "output-document= -O", "timeout= -T",
    "tries= -t",
  )],
]);

/** Of this container; curl takes brackets and braces for several URLs at once, and no blanks. */
const OWN_URL =
  /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::0*[1-9]\d*)?(?:[/?][^{}[\]\s]*)?$/;

/** curl waits for the body of a HEAD that is named, and a check takes no CONNECT. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** `spellings`: e.g. `silent -s`, or `output= -o` where a value follows. */
function options(...spellings: string[]): Options {
  return Object.fromEntries(spellings.map((spelling) => {
    const [name = "", short] = spelling.split(" -");
    const type = name.endsWith("=") ? "string" : "boolean";
    return [name.replace("=", ""), { type, ...short !== undefined && { short } }];
  }));
}

/**
 * What the command asks this container for, as keys of a check, and its time limit in nanoseconds; undefined if it is
 * another command, or does more.
 */
function requestOf([program = "", ...args]: readonly string[]) {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const command = parsed(args, OPTIONS.get(name));
  const [target = "", ...others] = command?.positionals ?? [];
  const url = URL.parse(/^https?:/.test(target) ? target : `http://${target}`);
  if (command === undefined || others.length > 0 || !OWN_URL.test(target) || url === null) return undefined;
  const given = command.values as Readonly<Record<string, string | true | undefined>>;
  const insecure = given.insecure ?? given["no-check-certificate"];
  // Which authorities are trusted in the container is not known here.
  if (url.protocol === "https:" && !insecure) return undefined;
  const named = given.request as string | undefined;
  // A method that is named stays the same behind a redirect, and -I waits for no body whatever it is.
  const isOdd = given.head || !METHODS.includes(named ?? "") || (given.location && named !== "GET");
  if (named !== undefined && isOdd) return undefined;
  const method = named ?? (given.head || given.spider ? "HEAD" : undefined);
  const follows = name === "wget" || given.location;
  // curl passes whatever the status; with -f, and as wget, up to 399.
  const any = name === "curl" && !given.fail && !given["fail-with-body"];
  const limit = Number(given["max-time"] ?? given.timeout) * SECOND;
  const keys = {
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
  };
  return { keys, limit: limit > 0 ? limit : undefined };
}

function parsed(args: readonly string[], options: Options | undefined) {
  try {
    return options && parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // An option that is not in the table, or without its value.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** As a config takes it. */
function count(value: number | bigint): number {
  return Math.min(Math.max(1, Math.round(Number(value))), 1_000_000);
}

/** e.g. `90s` or `500ms` */
function duration(nanoseconds: number): string {
  const ms = Math.max(1, Math.round(nanoseconds / 1_000_000));
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
