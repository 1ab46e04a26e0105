/** What a record's data add to its message, in a few words. */
import type { LoggedRecord } from "./journal_record.ts";

/** Said by the message or by other records, or of use to programs only. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "kind",
  "state",
  "part",
  "parts",
  "record",
  "last_lines",
  "expected",
]);
const LONGEST_VALUE = 160;

/** e.g. `ran_seconds=12.3 failing_checks="http /"`; empty where the message says all. Made of others' text, too. */
export function recordDetails({ message, data, exception }: LoggedRecord): string {
  const details = Object.entries(data).flatMap(([key, value]) => {
    const text = LEFT_OUT.has(key) ? "" : textOf(value);
    return text === "" || message.includes(text) ? [] : [`${key}=${quoted(text)}`];
  });
  for (const cause of messagesOf(exception)) {
    if (!message.includes(cause)) details.push(`cause=${quoted(cause)}`);
  }
  return details.join(" ");
}

/** Empty for what says nothing: 0, false, null, and what is no text. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string") ? value.join(", ") : "";
  if (typeof value === "string") {
    return value.trim().replace(/^sha256:([0-9a-f]{12})[0-9a-f]{52}$/, "sha256:$1");
  }
  return typeof value === "number" && value !== 0 || value === true ? String(value) : "";
}

function quoted(text: string): string {
  const cut = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  return /^[\w.:/@%+-]+$/.test(cut) ? cut : JSON.stringify(cut);
}

/** Of an exception, which has `message` and `cause`, the messages from the outermost to the innermost. */
function messagesOf(exception: unknown): string[] {
  if (typeof exception !== "object" || exception === null) return [];
  const { message, cause } = exception as { message?: unknown; cause?: unknown };
  return [...typeof message === "string" ? [message] : [], ...messagesOf(cause)];
}
