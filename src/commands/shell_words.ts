/** Splits and joins command lines as a POSIX shell does. */

/** The words of a line, without their quotes and backslashes; variables are not expanded. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [token] of line.matchAll(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g)) {
    words.push(token.replace(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, unquoted));
  }
  return words;
}

function unquoted(_: string, escaped?: string, double?: string, single?: string): string {
  if (escaped !== undefined) return escaped === "\n" ? "" : escaped;
  return single ??
    (double ?? "").replace(/\\([$`"\\\n])/g, (_, character) => character === "\n" ? "" : character);
}

/** The words as one line, quoted so that a shell splits it into the same words. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
    .join(" ");
}
