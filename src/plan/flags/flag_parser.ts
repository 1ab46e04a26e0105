/** Argument list → flags with their values, by the grammar of Go's `pflag` and the table of `create_flags.ts`. */
import { type CreateFlag, flagLabel, FLAGS_BY_LETTER, FLAGS_BY_NAME } from "./create_flags.ts";
import { RUN_ONLY_FLAGS, type RunOnlyFlag, suggestFlag } from "./unknown_flags.ts";
import { cut, quote } from "../values/go_strings.ts";

/** One flag as it stands in the list. */
export interface FlagOccurrence {
  /** The long name, without dashes. */
  readonly name: string;
  readonly value: string;
  /** Position of the argument that holds the flag; the value may be in the next one. */
  readonly index: number;
  /** Position of the argument that holds the value. */
  readonly valueIndex: number;
}

/** Why an argument list is refused, and where. */
export interface CreateProblem {
  /** Position in the argument list. */
  readonly index: number | undefined;
  /** Set where the value of a flag is wrong: the position of its argument, and the value as it is written. */
  readonly value?: { readonly index: number; readonly text: string };
  /** The long name of the flag, without dashes. */
  readonly flag: string | undefined;
  readonly message: string;
  /** What the Docker CLI would exit with. */
  readonly exitCode: 125 | 1;
}

export interface ParsedFlags {
  readonly occurrences: readonly FlagOccurrence[];
  /** Image and command: everything from the first argument that is no flag, or after `--`. */
  readonly positionals: readonly string[];
  /** Position of the first of them. */
  readonly positionalsAt: number;
  readonly problems: readonly CreateProblem[];
}

/** The list as read so far. */
interface Reading {
  readonly args: readonly string[];
  readonly occurrences: FlagOccurrence[];
  readonly problems: CreateProblem[];
  /** Position of the next argument. */
  next: number;
}

/**
 * Reads flags up to the first argument that is none. An unknown flag ends the reading at once, since it is not known
 * whether the next argument is its value.
 */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const reading: Reading = { args, occurrences: [], problems: [], next: 0 };
  let goesOn = true;
  while (goesOn && reading.next < args.length && /^-./s.test(args[reading.next]!)) {
    const argument = args[reading.next++]!;
    if (argument === "--") break;
    goesOn = argument.startsWith("--") ? readLong(reading, argument) : readShorts(reading, argument);
  }
  const { occurrences, problems, next } = reading;
  return { occurrences, problems, positionals: goesOn ? args.slice(next) : [], positionalsAt: next };
}

/** Reads `--name`, `--name value` or `--name=value`; false if the reading has to end here. */
function readLong(reading: Reading, argument: string): boolean {
  const index = reading.next - 1;
  const [name, value] = cut(argument.slice(2), "=");
  if (name === "" || name.startsWith("-")) {
    const message = `bad flag syntax: ${argument}`;
    return problem(reading, { index, flag: undefined, message }, value !== undefined);
  }
  const flag = FLAGS_BY_NAME.get(name);
  if (flag) return addOccurrence(reading, { flag, index, value: value ?? flag.valueIfBare });
  const runOnly = RUN_ONLY_FLAGS.find((row) => row.name === name);
  if (runOnly) return refuseRunOnly(reading, { runOnly, index, hasValue: value !== undefined });
  // Where it is not known whether the next word is a value, the reading ends.
  const hasValue = value !== undefined || /\s/.test(name);
  return problem(reading, { index, flag: name, message: unknownLong(name) }, hasValue);
}

/** Reads `-i`, `-it`, `-p80`, `-p 80` or `-p=80`; false if the reading has to end here. */
function readShorts(reading: Reading, argument: string): boolean {
  const index = reading.next - 1;
  for (let letters = argument.slice(1); letters !== ""; letters = letters.slice(1)) {
    // pflag ignores the flags of Go's test programs (`-test.v`).
    if (letters.startsWith("test.")) return true;
    const letter = letters[0]!;
    const flag = FLAGS_BY_LETTER.get(letter);
    // A "=" with nothing after it is the value itself: "-u=" is the user "=".
    const explicit = /^.=(.+)$/s.exec(letters)?.[1];
    if (flag) {
      const value = explicit ?? flag.valueIfBare ?? (letters.slice(1) || undefined);
      const goesOn = addOccurrence(reading, { flag, index, value });
      if (flag.valueIfBare === undefined) return goesOn;
    } else {
      const runOnly = RUN_ONLY_FLAGS.find((row) => row.short === letter);
      if (!runOnly) {
        const message = unknownLetter(letter, letters, argument);
        return problem(reading, { index, flag: undefined, message });
      }
      refuseRunOnly(reading, { runOnly, index, hasValue: explicit !== undefined });
    }
    if (explicit !== undefined) return true;
  }
  return true;
}

function addOccurrence(
  reading: Reading,
  { flag, index, value }: { flag: CreateFlag; index: number; value: string | undefined },
): boolean {
  if (value === undefined && reading.next === reading.args.length) {
    const message = `flag needs an argument: ${flagLabel(flag)} <${flag.kind}>`;
    return problem(reading, { index, flag: flag.name, message });
  }
  const valueIndex = value === undefined ? reading.next++ : index;
  reading.occurrences.push({ name: flag.name, value: value ?? reading.args[valueIndex]!, index, valueIndex });
  return true;
}

function refuseRunOnly(
  reading: Reading,
  { runOnly, index, hasValue }: { runOnly: RunOnlyFlag; index: number; hasValue: boolean },
): boolean {
  if (runOnly.takesValue && !hasValue) reading.next = Math.min(reading.next + 1, reading.args.length);
  const label = flagLabel(runOnly);
  const message = `${label} is a flag of "docker run", not of "docker create": ${runOnly.advice}`;
  return problem(reading, { index, flag: runOnly.name, message }, true);
}

function unknownLong(name: string): string {
  const word = /^\S+(?=\s)/.exec(name)?.[0];
  if (word !== undefined && FLAGS_BY_NAME.has(word)) return asOneItem(`--${word}`);
  return `unknown flag: --${name}${suggestion(suggestFlag(name))}`;
}

/** For `"--env A=1"` in one list item. The message leaves out the value, which may be a secret. */
function asOneItem(flag: string): string {
  return `flag and value are one argument: make the value one of its own, or write "${flag}=…"`;
}

function unknownLetter(letter: string, letters: string, argument: string): string {
  // "-rm" is read as the letters r and m, but "--rm" is probably meant.
  const meant = FLAGS_BY_NAME.has(cut(argument.slice(1), "=")[0]) ? `-${argument}` : undefined;
  return `unknown shorthand flag: ${quote(letter)} in -${letters}${suggestion(meant)}`;
}

function suggestion(flag: string | undefined): string {
  return flag === undefined ? "" : ` (did you mean ${flag}?)`;
}

function problem(reading: Reading, found: Omit<CreateProblem, "exitCode">, goesOn = false): boolean {
  reading.problems.push({ ...found, exitCode: 125 });
  return goesOn;
}
