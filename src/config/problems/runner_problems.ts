/**
 * What is wrong with the machine-wide config, with nothing in it that may be secret. Loaded only when something is.
 * In: the file's text and problems. Out: an error whose text, messages and keys may be shown.
 */
import { ConfigError, type Problem } from "../../errors.ts";
import { describeProblems, placeProblems } from "./diagnostics.ts";

/** Only what stands behind these keys, on the same line, is shown: a token may also be behind a mistyped key. */
const SHOWN_KEYS = new Set(["location", "token_file", "org", "bucket", "spool_limit"]);
const NAME = /^[\w.-]{1,32}$/;
/** What is shorter is found in many words that are no secret. */
const LEAST_HIDDEN = 4;

/** What stands from the beginning of a line, or from "{" or ",": perhaps a key, and the rest up to the next of them. */
const SEGMENT =
  /(^[ \t]*(?:-[ \t]+)*(?=[^{,])|[{,][ \t]*(?:\r?\n[ \t]*)?)(?:(["']?[\w.-]{1,32}["']?[ \t]*:)(?=[ \t\r\n]|[^ \t]))?([^{,\n]*)/gm;
const COMMENT = /(?<=^|[ \t])#.*$/;

/** The places are those of the real text; what is shown is blotted character for character, so that they stay right. */
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
    // A comment may be what was the token before; its words are no secret for messages, which tell of the content.
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

/** e.g. `token:****` of a key that is none, since a space is missing. */
function blotKey(key: string): string {
  const name = /^[\w.-]{1,32}:/.exec(key)?.[0] ?? "";
  return name + blot(key.slice(name.length));
}

/** With the mark that code frames have for secrets of their own. */
function blot(secret: string): string {
  return secret.replace(/\S/g, "*");
}
