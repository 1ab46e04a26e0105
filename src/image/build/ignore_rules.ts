/**
 * `.dockerignore`: which files of a build's context stay at home. Pure.
 * Source: the file's section in Docker's manual, and moby/patternmatcher, whose grammar is that of Go's
 * `filepath.Match` with `**` for any number of folders. (The npm packages for it take `+`, `(` and the like in a
 * name for parts of a regular expression.)
 */

import { cleanPath } from "../../host/paths.ts";

interface Rule {
  readonly pattern: RegExp;
  /** `!…`: what fits is kept after all. */
  readonly keeps: boolean;
  /** The names that the pattern begins with, as far as they are spelled out. */
  readonly beginning: readonly string[];
  /** How many names a path has that fits. */
  readonly depth: number;
}

const BYTE_ORDER_MARK = /^\uFEFF/;

/** Paths are relative to the context, like `src/main.c`. */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /** @throws SyntaxError at a pattern that is none, such as `[a` */
  constructor(text: string) {
    const lines = text.replace(BYTE_ORDER_MARK, "").split("\n");
    this.#rules = lines.filter((line) => !line.startsWith("#")).flatMap((line) => parseRule(line.trim()));
  }

  /** The last rule that fits the path, or a folder that it is in, decides. */
  ignores(path: string): boolean {
    const parts = path.split("/");
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    let ignored = false;
    for (const { pattern, keeps } of this.#rules) {
      if (keeps === ignored && paths.some((each) => pattern.test(each))) ignored = !keeps;
    }
    return ignored;
  }

  /** Whether a file somewhere in this folder, which is ignored itself, can be kept by an exception. */
  mayKeepIn(folder: string): boolean {
    const parts = folder.split("/");
    return this.#rules.some(({ keeps, beginning, depth }) =>
      keeps && depth > parts.length &&
      beginning.slice(0, parts.length).every((name, index) => name === parts[index])
    );
  }
}

function parseRule(line: string): Rule[] {
  const keeps = line.startsWith("!");
  const written = keeps ? line.slice(1).trim() : line;
  if (written === "") return [];
  const pattern = cleanPath(written).replace(/^\//, "");
  const names = pattern.split("/");
  const wild = names.findIndex((name) => /[*?[\\]/.test(name));
  const beginning = wild === -1 ? names : names.slice(0, wild);
  const depth = pattern.includes("**") ? Infinity : names.length;
  return [{ pattern: toRegExp(pattern), keeps, beginning, depth }];
}

const TOKEN = /\*\*\/?|\*|\?|\[(?:\\.|[^\\\]])+\]|\\.|[^]/gu;

function toRegExp(pattern: string): RegExp {
  let source = "";
  for (const match of pattern.matchAll(TOKEN)) {
    const [token] = match;
    const isLast = match.index + token.length === pattern.length;
    if (token.startsWith("**")) source += isLast ? ".*" : "(?:.*/)?";
    else if (token === "*") source += "[^/]*";
    else if (token === "?") source += "[^/]";
    else if (token.length > 2 && token.startsWith("[")) source += characterClass(token);
    else if (token === "[") throw new SyntaxError(`the pattern "${pattern}" has a "[" without its "]"`);
    else source += RegExp.escape(token.length > 1 && token.startsWith("\\") ? token.slice(1) : token);
  }
  return new RegExp(`^${source}$`, "us");
}

/** `[a-z]`, `[^a-z]`; a character in it may be escaped. */
function characterClass(token: string): string {
  const negated = token.startsWith("[^");
  const items = token.slice(negated ? 2 : 1, -1);
  const escaped = items.replace(/\\(.)|[[^]/gsu, (match, quoted?: string) => {
    const character = quoted ?? match;
    return /[$()*+.?[\\\]^{|}-]/.test(character) ? `\\${character}` : character;
  });
  return `[${negated ? "^" : ""}${escaped}]`;
}
