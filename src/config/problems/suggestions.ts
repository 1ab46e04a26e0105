/**
 * What the author of a config probably meant.
 * A guess at a value is only made if the file would be right with it: it is tried.
 */
import * as v from "valibot";
import { nearest } from "../../nearest.ts";
import { FOREIGN_KEYS } from "./foreign_keys.ts";
import { keyPath, keysOf } from "../editor/schema_walk.ts";

/** Trying means to validate the whole file again. */
const ATTEMPT_LIMIT = 200;

type Path = readonly (string | number)[];

/** A value that might be right, and how it is to be written. */
interface Guess {
  readonly value: unknown;
  readonly advice: string;
}

export class Suggestions {
  #attempts = 0;

  constructor(readonly schema: v.GenericSchema, readonly content: unknown) {}

  /** For a key that is not known where it stands, e.g. `; it belongs under "monitor"`; empty if nothing fits. */
  forKey(path: Path): string {
    const key = String(path.at(-1));
    const foreign = FOREIGN_KEYS.get(key.toLowerCase().replaceAll("-", "_"));
    const homes = this.#homesOf(key, path);
    if (homes.length > 0 && !(path.length === 1 && foreign !== undefined)) return homes.join(" or ");
    if (path.length === 1 && foreign !== undefined) return `; ${foreign}`;
    const near = nearest(key, FOREIGN_KEYS.keys());
    if (path.length === 1 && near !== undefined) return `; ${FOREIGN_KEYS.get(near)}`;
    return this.#knownKeys(path);
  }

  /** For a value that is not taken, e.g. `; did you mean "10s"?`; empty if no guess is right. */
  forValue(issue: v.BaseIssue<unknown>, path: Path): string {
    if (path.length === 0) return forFile(issue.input);
    for (const { value, advice } of guesses(issue)) {
      if (this.#wouldBeRight(path, value)) return `; ${advice}`;
    }
    if (typeof issue.input !== "string") return "";
    for (const key of this.#keysUnder(path)) {
      if (this.#wouldBeRight(path, { [key]: issue.input })) return `; write {${key}: ${issue.input}}`;
    }
    return "";
  }

  #homesOf(key: string, path: Path): string[] {
    const parents = [...keysOf(this.schema).keys()]
      .filter((known) => known.endsWith(`.${key}`) && !known.endsWith(`*.${key}`))
      .map((known) => known.slice(0, -key.length - 1));
    const here = keyPath(path.slice(0, -1));
    const outer = parents.find((parent) => here.startsWith(parent));
    if (outer !== undefined) return [`; it belongs one level up, under "${outer}"`];
    const shown = parents.length > 3 ? [...parents.slice(0, 2), "others"] : parents;
    return parents.length === 0 ? [] : [
      `; it belongs under ${
        shown.map((parent) => parent === "others" ? parent : `"${parent}"`).join(" or ")
      }`,
    ];
  }

  /** e.g. `; known are when, timeout`, if that is not too long to be of use. */
  #knownKeys(path: Path): string {
    const known = this.#keysUnder(path.slice(0, -1));
    return known.length === 0 || known.length > 12 ? "" : `; known are ${known.join(", ")}`;
  }

  #keysUnder(path: Path): string[] {
    const prefix = path.length === 0 ? "" : `${keyPath(path)}.`;
    return [...keysOf(this.schema).keys()]
      .filter((known) => known.startsWith(prefix) && !/[.[]/.test(known.slice(prefix.length)))
      .map((known) => known.slice(prefix.length));
  }

  /** Puts the value in place for a moment, and looks whether anything is still wrong there. */
  #wouldBeRight(path: Path, value: unknown): boolean {
    if (this.#attempts++ >= ATTEMPT_LIMIT) return false;
    const last = path.at(-1);
    let parent = this.content;
    for (const key of path.slice(0, -1)) parent = (parent as Record<string | number, unknown>)?.[key];
    if (last === undefined || typeof parent !== "object" || parent === null) return false;
    const holder = parent as Record<string | number, unknown>;
    const before = holder[last];
    holder[last] = value;
    const issues = v.safeParse(this.schema, this.content).issues ?? [];
    holder[last] = before;
    // Neither in it, nor in what it is a part of.
    return !issues.some(({ path: at = [] }) =>
      path.every((key, depth) => depth >= at.length || at[depth]?.key === key)
    );
  }
}

function forFile(content: unknown): string {
  if (Array.isArray(content)) return '; write the keys without "- "';
  return typeof content === "string" && /^\w+:\S/.test(content) ? '; a space is missing behind ":"' : "";
}

function* guesses(issue: v.BaseIssue<unknown>): Generator<Guess> {
  const { input } = issue;
  if (typeof input === "string") {
    const allowed = issue.type === "picklist" ? [...(issue.expected ?? "").matchAll(/"([^"]*)"/g)] : [];
    const near = nearest(input.toLowerCase(), allowed.map(([, word]) => word ?? ""));
    if (near !== undefined) yield { value: near, advice: `did you mean "${near}"?` };
    for (const value of scalarGuesses(input)) {
      if (value !== input && value !== "") yield { value, advice: `did you mean "${value}"?` };
    }
    const words = shellWords(input);
    if (words.length > 0) {
      yield { value: words, advice: `write it as a list: [${words.map(flow).join(", ")}]` };
    }
  } else if (Array.isArray(input)) {
    if (typeof input[0] === "string") {
      const advice = input.length === 1
        ? `write it without the brackets: ${flow(input[0])}`
        : "one value is meant, not several; in a list, write each as an item of its own";
      yield { value: input[0], advice };
    }
    const merged = Object.assign({}, ...input.filter((item) => typeof item === "object"));
    yield { value: merged, advice: 'write it without "- " before the keys' };
  } else if (typeof input === "object" && input !== null) {
    yield { value: [input], advice: 'a list is meant: put "- " before the first key' };
    const entries = Object.entries(input);
    const [[key, value] = ["", ""]] = entries;
    if (entries.length === 1 && (typeof value === "string" || value === null)) {
      if (key.startsWith("-")) {
        yield { value: key, advice: `write "${key}=…", or its value as the next item` };
      }
      const text = value === null ? `${key}:` : `${key}: ${value}`;
      yield {
        value: text,
        advice: `the ":" makes a mapping of it; put it in quotes: ${JSON.stringify(text)}`,
      };
    }
    const pairs = entries.map(([name, item]) => [name, Array.isArray(item) ? item : [item]]);
    yield { value: Object.fromEntries(pairs), advice: "each value is to be a list" };
  } else if (input === null) {
    yield { value: {}, advice: "is something missing behind it?" };
  }
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Words that other programs have for the same. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["if_not_present", "missing"],
  ["if-not-present", "missing"],
  ["ifnotpresent", "missing"],
  ["newer", "prefer"],
  ["y", "true"],
  ["n", "false"],
  ["1", "true"],
  ["0", "false"],
  ["enabled", "true"],
  ["disabled", "false"],
  ["warning", "warn"],
  ["err", "error"],
  ["crit", "fatal"],
  ["critical", "fatal"],
  ["running", "started"],
  ["service_healthy", "healthy"],
  ["service_started", "started"],
  ["ok", "200"],
  ["not found", "404"],
]);

/** Other spellings of a text, the likelier ones first. */
function* scalarGuesses(input: string): Generator<string> {
  const trimmed = input.trim();
  yield trimmed;
  yield SYNONYMS.get(trimmed.toLowerCase()) ?? "";
  yield trimmed.toLowerCase();
  yield trimmed.toUpperCase();
  if (/^\d+$/.test(trimmed)) yield `${trimmed}s`;
  if (/[a-z]/i.test(trimmed[0] ?? "")) yield trimmed.replace(/[^a-zA-Z0-9_.-]+/g, "-").replace(/-+$/g, "");
  const spelled = trimmed.toLowerCase().replace(/[\s,]+|and/g, "")
    .replace(/m(?:illi)?s(?:ec(?:ond)?s?)?(?=\d|$)/g, "ms")
    .replace(/(?<=\d)d(?:ays?)?(?=\d|$)/g, "d")
    .replace(/(?<=\d)h(?:ou)?r?s?(?=\d|$)/g, "h")
    .replace(/(?<=\d)min(?:ute)?s?(?=\d|$)/g, "m")
    .replace(/(?<=\d)s(?:ec(?:ond)?s?)?(?=\d|$)/g, "s");
  yield spelled;
  const [, fraction, fractionUnit = ""] = /^(\d*\.\d+)([smhd])$/.exec(spelled) ?? [];
  if (fraction !== undefined) yield `${Math.round(Number(fraction) * (SECONDS[fractionUnit] ?? 1) * 1000)}ms`;
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(spelled) ?? [];
  if (count !== undefined) yield String(Number(count) * (SECONDS[unit] ?? 1));
  const [, failures, runs] = /^(\d+)\s*(?:\/|:|in|of|from|out of)\s*(?:the last\s*)?(\d+)\b/i.exec(trimmed) ??
    [];
  if (failures !== undefined) yield `${failures} of ${runs}`;
  yield trimmed.replace(/(?<=\d)\s*([kmg])i?b?$/i, "$1");
  yield /^\d+/.exec(trimmed)?.[0] ?? "";
  yield `/${trimmed}`;
}

/** As a shell would take them apart, quotes aside that hold no blank. */
function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}

/** The text as an item of a list in brackets. */
function flow(text: string): string {
  return /^[\w/][\w./-]*$|^--?[\w-]+$/.test(text) ? text : JSON.stringify(text);
}
