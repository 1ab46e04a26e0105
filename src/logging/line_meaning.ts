/** What a container's line says of itself: `<N>` at its beginning, or the fields of a JSON object. */
import type { Severity } from "./log_record.ts";

/** By their numbers in sd-daemon(3). */
const BY_PRIORITY: readonly Severity[] = [
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

/** `<N>`, N from 0 to 7: systemd.exec(5), `SyslogLevelPrefix=`. */
export const LEVEL_PREFIX_BYTES = 3;

/** The severity that `<N>` at the beginning of a line stands for; undefined if there is none. */
export function prefixedSeverity(bytes: Uint8Array, from: number, to: number): Severity | undefined {
  if (bytes[from] !== LESS_THAN || to - from < LEVEL_PREFIX_BYTES) return undefined;
  if (bytes[from + 2] !== GREATER_THAN) return undefined;
  return BY_PRIORITY[bytes[from + 1]! - ZERO];
}

/** The names that loggers have for what we call… */
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

/** bunyan's and pino's 10, 20 … 60; a level of one's own counts as the next lower one. */
const BY_TENS: readonly (Severity | undefined)[] = [
  undefined,
  "trace",
  "debug",
  "info",
  "warn",
  "error",
  "fatal",
];

const LEVEL_KEYS = ["level", "severity", "lvl"];
const MESSAGE_KEYS = ["msg", "message"];

/** A line that is a JSON object. */
export interface ObjectLine {
  readonly severity: Severity | undefined;
  readonly message: string | undefined;
}

/** What the fields of a JSON object say; undefined if the text is none. */
export function readObjectLine(text: string): ObjectLine | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return undefined;
  const entries = Object.entries(fields);
  return {
    severity: firstMeant(entries, LEVEL_KEYS, severityOf),
    message: firstMeant(entries, MESSAGE_KEYS, (value) => typeof value === "string" ? value : undefined),
  };
}

/** What the first of these keys that is there, however it is capitalised, and means something, means. */
function firstMeant<T>(
  entries: readonly (readonly [string, unknown])[],
  keys: readonly string[],
  meaning: (value: unknown) => T | undefined,
): T | undefined {
  for (const key of keys) {
    const entry = entries.find(([name]) => name.length === key.length && name.toLowerCase() === key);
    const meant = entry && meaning(entry[1]);
    if (meant !== undefined) return meant;
  }
  return undefined;
}

function severityOf(level: unknown): Severity | undefined {
  if (typeof level === "string") return BY_NAME.get(level.toLowerCase());
  return typeof level === "number" ? BY_TENS[Math.floor(level / 10)] : undefined;
}
