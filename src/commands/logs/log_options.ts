/** What `service_runner logs` was asked for. In: words and options as text. Out: LogsOptions, or a UsageError. */
import { nearest } from "../../nearest.ts";
import { UsageError } from "../usage_error.ts";
import { LEVELS, SOURCES } from "./log_words.ts";

export interface LogsOptions {
  /** Instances or units, or patterns of these; empty for all services. */
  readonly names: readonly string[];
  readonly follow: boolean;
  readonly json: boolean;
  /** So many of the last rows; Infinity for all. */
  readonly lines: number;
  /** Whether nobody has said how many lines. */
  readonly areLinesDefault: boolean;
  /** As journalctl takes it; undefined for all. */
  readonly priority: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Sources of records; undefined for all. */
  readonly sources: ReadonlySet<string> | undefined;
  readonly grep: RegExp | undefined;
}

const DEFAULT_LINES = 200;

interface Given {
  readonly words: readonly string[];
  readonly isGiven: (option: string) => boolean;
  readonly valuesOf: (option: string) => readonly string[];
}

/** @throws UsageError */
export function parseLogsOptions({ words, isGiven, valuesOf }: Given): LogsOptions {
  const last = (option: string) => valuesOf(option).at(-1);
  const [lines, since, until] = [last("lines"), last("since"), last("until")];
  const follow = isGiven("follow");
  if (follow && until !== undefined) {
    throw new UsageError("--follow has no end, so that --until can not be given");
  }
  const priority = last("priority");
  const grep = last("grep");
  return {
    names: words,
    follow,
    json: isGiven("json"),
    lines: lines === undefined ? since === undefined ? DEFAULT_LINES : Infinity : parseLines(lines),
    areLinesDefault: lines === undefined,
    priority: priority === undefined ? undefined : parsePriority(priority),
    since,
    until,
    sources: parseSources(valuesOf("source")),
    grep: grep === undefined ? undefined : parsePattern(grep),
  };
}

function parseLines(text: string): number {
  if (text === "all") return Infinity;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--lines has to be a whole number or "all", got "${text}"`);
}

/** A level, with all that is more severe; or two with ".." in between. */
function parsePriority(text: string): string {
  return text.split("..").map((word) => {
    if (/^[0-7]$/.test(word)) return word;
    const level = Object.entries(LEVELS).find(([name]) => name === word.toLowerCase())?.[1];
    if (level !== undefined) return level;
    throw unknownWord("--priority", word, Object.keys(LEVELS));
  }).join("..");
}

function parseSources(values: readonly string[]): ReadonlySet<string> | undefined {
  if (values.length === 0) return undefined;
  const words = values.flatMap((value) => value.split(",")).map((word) =>
    word.trim().replace(/^docker_logs\./, "")
  );
  return new Set(words.flatMap((word) => {
    const sources = SOURCES.get(word);
    if (sources === undefined) throw unknownWord("--source", word, [...SOURCES.keys()]);
    return sources;
  }));
}

/** As journalctl's: without capitals in it, they make no difference. */
function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text, /\p{Lu}/u.test(text) ? "m" : "im");
  } catch (error) {
    throw new UsageError(
      `--grep is no regular expression: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function unknownWord(option: string, word: string, known: readonly string[]): UsageError {
  const meant = nearest(word, known);
  const hint = meant === undefined ? `${known.join(", ")} are known` : `did you mean "${meant}"?`;
  return new UsageError(`"${word}" is not known to ${option}; ${hint}`);
}
