/**
 * Functions of Go's `strings` package where JavaScript's differ, or have no counterpart.
 * The Docker CLI is a Go program: to accept exactly the same texts, the plan needs exactly these functions.
 */

/** The text before and after the first `separator`; `after` is undefined where there is none. */
export function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** `key=value` texts as a map: the last one of a key wins, a missing `=` means an empty value. */
export function keyValueMap(texts: readonly string[], separator = "="): Record<string, string> {
  return userMap(texts.map((text) => {
    const [key, value = ""] = cut(text, separator);
    return [key, value];
  }));
}

/** A map of keys that the user chose: even `__proto__` becomes an ordinary entry. */
export function userMap<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries(entries);
}

/** Lower case as Go does it: each character by itself, and one character stays one. */
export function toLower(text: string): string {
  return isAscii(text)
    ? text.toLowerCase()
    : Array.from(text, (rune) => [...rune.toLowerCase()][0]!).join("");
}

/** Upper case as Go does it: a character whose upper case is several, such as `ß`, stays. */
export function toUpper(text: string): string {
  if (isAscii(text)) return text.toUpperCase();
  return Array.from(text, (rune) => {
    const upper = rune.toUpperCase();
    return [...upper].length === 1 ? upper : rune;
  }).join("");
}

function isAscii(text: string): boolean {
  return !/[^ -~]/.test(text);
}

// Unlike JavaScript, Go counts U+0085 as a space and U+FEFF not.
const SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING_SPACE = new RegExp(`^${SPACE}+`, "u");
const TRAILING_SPACE = new RegExp(`${SPACE}+$`, "u");

/** Without leading white space. */
export function trimLeft(text: string): string {
  return text.replace(LEADING_SPACE, "");
}

/** Without leading and trailing white space. */
export function trimSpace(text: string): string {
  return trimLeft(text).replace(TRAILING_SPACE, "");
}

/** How many bytes the text has in UTF-8, which is what Go's `len` counts. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The text in double quotes, as it is shown in messages. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
