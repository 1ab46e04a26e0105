/**
 * What is wrong with the machine-wide config, with nothing in it that may be secret. Loaded only when something is.
 * In: the file's text and problems. Out: an error whose text, messages and keys may be shown.
 */
import { ConfigError, type Problem } from "../../errors.ts";
import { describeProblems, placeProblems } from "./diagnostics.ts";

/** Only what stands behind these keys, on the same line, is shown: a token may also be behind a mistyped key. */
const SHOWN_KEYS = new Set([
  ...["location", "token_file", "org", "bucket", "spool_limit"],
  ...["url_file", "password_file", "heartbeat_file", "reminder", "priority", "method", "tag"],
]);
const NAME = /^[\w.-]{1,32}$/;
/** Shorter words are not hidden in messages: they are parts of many words that are not secret. */
const LEAST_HIDDEN = 4;

/** From the beginning of a line, "{" or "," up to the next of these: perhaps a key, and what follows it. */
const SEGMENT =
  /(^[ \t]*(?:-[ \t]+)*(?=[^{,])|[{,][ \t]*(?:\r?\n[ \t]*)?)(?:(["']?[\w.-]{1,32}["']?[ \t]*:)(?=[ \t\r\n]|[^ \t]))?([^{,\n]*)/gm;
const COMMENT = /(?<=^|[ \t])#.*$/;

/** Each problem is placed in the real text; the text that is shown is as long, with asterisks for what may be secret. */
export function runnerConfigError(
  { file, text }: { readonly file: string; readonly text: string },
  problems: readonly Problem[],
): ConfigError {
  const { shown, hidden } = blotSecrets(text);
  const safe = placeProblems(text, problems).map(({ problem, span }): Problem => ({
    ...problem,
    span,
    path: problem.path.map((key) => typeof key === "number" || NAME.test(key) ? key : blotKey(key)),
    message: hidden.reduce((message, word) => message.replaceAll(word, blot(word)), problem.message),
  }));
  return new ConfigError(file, safe, describeProblems(file, shown, safe), shown);
}

/** `hidden`: the words that are not shown, the longest first. */
function blotSecrets(text: string): { readonly shown: string; readonly hidden: readonly string[] } {
  const hidden = new Set<string>();
  const hide = (secret: string) => {
    for (const word of secret.split(/\s+/)) {
      // An alias or a tag is named without its sign, a text without its quotes.
      for (const part of [word, word.replace(/^\W+|\W+$/g, "")]) {
        if (part.length >= LEAST_HIDDEN) hidden.add(part);
      }
    }
    return blot(secret);
  };
  const shown = text.replace(SEGMENT, (_, lead: string, head: string | undefined, rest: string) => {
    const comment = COMMENT.exec(rest)?.[0] ?? "";
    const value = rest.slice(0, rest.length - comment.length);
    const key = (head ?? "").replace(/["']|[ \t]*:$/g, "");
    const isShown = SHOWN_KEYS.has(key) && /^(?:\s|$)/.test(value);
    // A comment may hold a former token. Its words are not hidden in messages, which never quote a comment.
    return lead + (head ?? "") + (isShown ? blotInLocation(value, hide) : hide(value)) + blot(comment);
  });
  return { shown, hidden: [...hidden].sort((a, b) => b.length - a.length) };
}

/** User and password, query and fragment. */
function blotInLocation(value: string, hide: (secret: string) => string): string {
  return value
    .replace(
      /^(\s*["']?(?:\w+:\/\/)?)(.*)(?=@)/,
      (_, before: string, secret: string) => before + hide(secret),
    )
    .replace(/(?<=[?#]).*$/, hide);
}

/** `token:SECRET`, which is a key as a whole since the space is missing → `token:******` */
function blotKey(key: string): string {
  const name = /^[\w.-]{1,32}:/.exec(key)?.[0] ?? "";
  return name + blot(key.slice(name.length));
}

/** Asterisks, as code frames have them for secrets. */
function blot(secret: string): string {
  return secret.replace(/\S/g, "*");
}
