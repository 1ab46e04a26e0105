// deno-lint-ignore-file camelcase -- config keys are as the user writes them
/**
 * Turns a HEALTHCHECK into a check of the service: one that fetches a page by curl or wget becomes an HTTP check,
 * which needs no program in the container; any other stays a command.
 */
import type { HealthConfig } from "../../engine/create_body.ts";
import type { ImportedCheck } from "./imported.ts";
import { shellLine, shellWords } from "../shell_words.ts";

const SECOND = 1_000_000_000;
/** Of interval and timeout. */
const DEFAULT_DURATION = 30 * SECOND;
const DEFAULT_RETRIES = 3;

/** Undefined where there is none, or it is switched off: `["NONE"]`. */
export function importHealthCheck(health: HealthConfig): ImportedCheck | undefined {
  // `["CMD-SHELL", line]` or `["CMD", …words]`
  const [kind, ...rest] = health.Test ?? [];
  if (kind === undefined || kind === "NONE") return undefined;
  const words = kind === "CMD" ? rest : simpleCommand(rest[0] ?? "");
  const url = words && urlOf(words);
  const { Interval, Timeout, StartPeriod = 0, Retries } = health;
  const times = {
    frequency: Math.max(1, Math.round(Number(Interval || DEFAULT_DURATION) / SECOND)),
    timeout: duration(Number(Timeout || DEFAULT_DURATION)),
    ...(StartPeriod > 0 && { start_after: duration(Number(StartPeriod)) }),
    failure_threshold: Retries || DEFAULT_RETRIES,
  };
  if (url === undefined) {
    const shellCommand = kind === "CMD" ? shellLine(rest) : rest[0] ?? "";
    return { kind: "check_internal_command", keys: { shell_command: shellCommand, ...times }, notes: [] };
  }
  const query = [...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]);
  const keys = {
    path: url.pathname,
    ...(url.port !== "" && { port: Number(url.port) }),
    ...(query.length > 0 && { query_parameters: Object.fromEntries(query) }),
    ...times,
  };
  const note = `instead of the command in the container: ${shellLine(words ?? [])}`;
  return { kind: "check_http", keys, notes: [note] };
}

/** The words of a line that runs a single command (an ending such as `|| exit 1` aside); undefined for any other. */
function simpleCommand(line: string): string[] | undefined {
  const command = line
    .replace(/\s*\|\|\s*(?:exit\s+\d+|false|kill\s[^|;&]*)\s*;?\s*$/, "")
    .replace(/\s*(?:[12&]?>+\s*(?:\/dev\/null|&[12]))/g, "");
  return /[|;&<>`$()]/.test(command.replace(/"[^"]*"|'[^']*'/g, "")) ? undefined : shellWords(command);
}

/** Options of curl and wget that do not change the request. */
const CURL_ALONE = /^(?:-[fsSkIL]+|--(?:fail|silent|show-error|insecure|head|location|ipv4|fail-with-body))$/;
const CURL_WITH_VALUE = /^(?:-o|-m|--output|--max-time|--connect-timeout|--retry)$/;
const WGET_ALONE =
  /^(?:-q|-nv|-qO-|-qO|--quiet|--spider|--no-verbose|-O-|-O\/dev\/null|--no-check-certificate|--(?:tries|timeout|output-document)=\S+|-[tT]\d+)$/;
const WGET_WITH_VALUE = /^(?:-O|-T|-t|--tries|--timeout|--output-document|-qO)$/;

/** The URL on this container that the command fetches; undefined if it is another command, or does more than that. */
function urlOf([program = "", ...args]: readonly string[]): URL | undefined {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (name !== "curl" && name !== "wget") return undefined;
  const [alone, withValue] = name === "curl" ? [CURL_ALONE, CURL_WITH_VALUE] : [WGET_ALONE, WGET_WITH_VALUE];
  const urls: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (withValue.test(argument) && args[index + 1] !== undefined && !args[index + 1]!.includes("://")) {
      index++;
    } else if (!argument.startsWith("-")) urls.push(argument);
    else if (!alone.test(argument)) return undefined;
  }
  const [text = ""] = urls;
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (urls.length !== 1 || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  const isHere = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].includes(url.hostname);
  return url.protocol === "http:" && isHere && url.username === "" ? url : undefined;
}

/** e.g. `90s` or `500ms` */
function duration(nanoseconds: number): string {
  const ms = Math.max(1, Math.round(nanoseconds / 1_000_000));
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
