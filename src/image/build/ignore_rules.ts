/**
 * `.dockerignore`: which files of a build's context are not sent. Pure.
 * In: the file's text. Out: yes or no for a path. Sources: https://docs.docker.com/build/concepts/context/#dockerignore-files
 * and moby/patternmatcher, whose grammar is that of Go's `filepath.Match` with `**` for any number of folders. (The
 * npm packages for it read `+`, `(` and the like in a name as parts of a regular expression.)
 */
import { cleanPath } from "../../host/paths.ts";

interface Rule {
  readonly pattern: RegExp;
  /** Of a line like `!…`: what matches is kept after all. */
  readonly keeps: boolean;
  /** The names that the pattern begins with, up to the first that has a wildcard. */
  readonly beginning: readonly string[];
  /** How many names a path that matches consists of. */
  readonly depth: number;
}

const BYTE_ORDER_MARK = /^\uFEFF/;

/** The rules of one file. All paths are relative to the context, like `src/main.c`. */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /** @throws SyntaxError if a pattern is malformed, such as `[a` */
  constructor(text: string) {
    const lines = text.replace(BYTE_ORDER_MARK, "").split("\n");
    this.#rules = lines.filter((line) => !line.startsWith("#")).flatMap((line) => parseRule(line.trim()));
  }

  /** The last rule that matches the path, or a folder that it is in, decides. */
  ignores(path: string): boolean {
    const parts = path.split("/");
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    let ignored = false;
    for (const { pattern, keeps } of this.#rules) {
      if (keeps === ignored && paths.some((each) => pattern.test(each))) ignored = !keeps;
    }
    return ignored;
  }

  /** Whether a rule like `!…` may keep something in this folder, which is ignored itself. */
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

/** `[a-z]` or `[^a-z]`, in which characters may be escaped, as a class of a regular expression. */
function characterClass(token: string): string {
  const negated = token.startsWith("[^");
  const items = token.slice(negated ? 2 : 1, -1);
  const escaped = items.replace(/\\(.)|[[^]/gsu, (match, quoted?: string) => {
    const character = quoted ?? match;
    return /[$()*+.?[\\\]^{|}-]/.test(character) ? `\\${character}` : character;
  });
  return `[${negated ? "^" : ""}${escaped}]`;
}
