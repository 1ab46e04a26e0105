/** What a container's line says of its severity and message: by `<N>` at its beginning, or as a JSON object. */
import type { Severity } from "./log_record.ts";

/** The severity of each priority from 0 to 7, sd-daemon(3). */
export const SEVERITY_OF_PRIORITY: readonly Severity[] = [
  "fatal",
  "fatal",
  "fatal",
  "error",
  "warn",
  "notice",
  "info",
  "debug",
];

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const ZERO = 0x30;

/** Of `<N>`, N from 0 to 7: systemd.exec(5), `SyslogLevelPrefix=`. */
export const LEVEL_PREFIX_BYTES = 3;

/** The severity that `<N>` at the beginning of a line stands for; undefined if there is none. */
export function prefixedSeverity(bytes: Uint8Array, from: number, to: number): Severity | undefined {
  if (bytes[from] !== LESS_THAN || to - from < LEVEL_PREFIX_BYTES) return undefined;
  if (bytes[from + 2] !== GREATER_THAN) return undefined;
  return SEVERITY_OF_PRIORITY[bytes[from + 1]! - ZERO];
}

/** What loggers call each severity. */
const NAMES: Readonly<Record<Severity, readonly string[]>> = {
  trace: ["trace", "verbose"],
  debug: ["debug", "dbg"],
  info: ["info", "information", "informational"],
  notice: ["notice"],
  warn: ["warn", "warning"],
  error: ["error", "err"],
  fatal: ["fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic"],
};
const BY_NAME = new Map(
  Object.entries(NAMES).flatMap(([severity, names]) => names.map((name) => [name, severity as Severity])),
);

/** By a tenth of the levels 10, 20 … 60 of bunyan and pino; a level in between counts as the next lower one. */
const BY_TENS: (Severity | undefined)[] = [undefined, "trace", "debug", "info", "warn", "error", "fatal"];

/** jq before 1.7 reads 256 levels; two are the record's own. */
const DEEPEST = 250;

const LEVEL_KEYS = ["level", "severity", "lvl"];
const MESSAGE_KEYS = ["msg", "message"];

/**
 * What a line that is a JSON object says, each undefined where it does not; undefined if it is no JSON object, or one so
 * deep that readers of the log would give up.
 */
export function readObjectLine(text: string) {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields) || isTooDeep(text)) {
    return undefined;
  }
  const entries = Object.entries(fields);
  return {
    severity: firstMeaning(entries, LEVEL_KEYS, severityOf),
    message: firstMeaning(entries, MESSAGE_KEYS, (value) => typeof value === "string" ? value : undefined),
  };
}

function isTooDeep(text: string): boolean {
  // The text of nearly all has not even so many brackets.
  if (text.length < 2 * DEEPEST || text.replace(/[^[{]+/g, "").length <= DEEPEST) return false;
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === "[" || token === "{") depth++;
    else if (token.length === 1) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** The meaning of the first of these keys, capitalised in any way, whose value has a meaning. */
function firstMeaning<T>(
  entries: readonly (readonly [string, unknown])[],
  keys: readonly string[],
  meaning: (value: unknown) => T | undefined,
): T | undefined {
  for (const key of keys) {
    const entry = entries.find(([name]) => name.length === key.length && name.toLowerCase() === key);
    const found = entry && meaning(entry[1]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function severityOf(level: unknown): Severity | undefined {
  if (typeof level === "string") return BY_NAME.get(level.toLowerCase());
  return typeof level === "number" ? BY_TENS[Math.floor(level / 10)] : undefined;
}
