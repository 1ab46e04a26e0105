/** The flags of one list, and what is wrong with them. */
import { flagLabel, FLAGS_BY_NAME } from "./create_flags.ts";
import type { CreateProblem, FlagOccurrence } from "./flag_parser.ts";
import { ValueError, valueOrError } from "../../errors.ts";
import { quote } from "../values/go_strings.ts";

/** Where a problem points if none of its flags occurs, and what the Docker CLI would exit with: 125 unless given. */
interface ProblemPlace {
  readonly position?: number | undefined;
  readonly exitCode?: CreateProblem["exitCode"];
}

/** Looks up flags by name, and collects problems while their values are read. */
export class GivenFlags {
  readonly problems: CreateProblem[] = [];

  readonly #byName: ReadonlyMap<string, FlagOccurrence[]>;

  constructor(readonly occurrences: readonly FlagOccurrence[]) {
    this.#byName = Map.groupBy(occurrences, ({ name }) => name);
  }

  /** All occurrences of these flags, in their order. */
  all(...names: string[]): FlagOccurrence[] {
    const found = names.flatMap((name) => this.#byName.get(name) ?? []);
    return names.length === 1 ? found : found.sort((a, b) => a.index - b.index);
  }

  /** The values of these flags, in their order. */
  values(...names: string[]): string[] {
    return this.all(...names).map(({ value }) => value);
  }

  /** The last value of the flag, which is the one that counts unless it is a list; empty if it is not given. */
  value(name: string): string {
    return this.values(name).at(-1) ?? "";
  }

  /** What `read` makes of each value of the flag; values that it refuses become problems and are left out. */
  read<T>(flag: string, read: (value: string) => T): Exclude<T, undefined>[] {
    const results = this.all(flag).map((occurrence) => this.readOne(occurrence, read));
    return results.filter((result) => result !== undefined) as Exclude<T, undefined>[];
  }

  /** What `read` makes of the last value of the flag; undefined where it is not given, or refused. */
  readLast<T>(flag: string, read: (value: string) => T): T | undefined {
    const last = this.all(flag).at(-1);
    return last && this.readOne(last, read);
  }

  /** What `read` makes of the value; undefined, and a problem, where it refuses it. */
  readOne<T>(occurrence: FlagOccurrence, read: (value: string) => T): T | undefined {
    const { name, index, valueIndex, value } = occurrence;
    const result = valueOrError(() => read(value));
    if (!(result instanceof ValueError)) return result;
    const label = flagLabel(FLAGS_BY_NAME.get(name)!);
    this.problems.push({
      index,
      value: { index: valueIndex, text: value },
      flag: name,
      message: `invalid argument ${quote(shownValue(occurrence))} for "${label}" flag: ${result.message}`,
      exitCode: 125,
    });
    return undefined;
  }

  /** What `combine` makes of several flags; undefined, and a problem as by `refuse`, where it refuses them. */
  combine<T>(names: readonly string[], combine: () => T, place?: ProblemPlace): T | undefined {
    const value = valueOrError(combine);
    if (!(value instanceof ValueError)) return value;
    this.refuse(names, value.message, place);
    return undefined;
  }

  /** Adds a problem that points at the last of the flags that occurs; where none does, at `position`. */
  refuse(names: readonly string[], message: string, { position, exitCode = 125 }: ProblemPlace = {}): void {
    const at = this.all(...names).at(-1);
    this.problems.push({ index: at?.index ?? position, flag: at?.name, message, exitCode });
  }
}

/** The value for a message. That of a variable is left out: it may be a secret. */
function shownValue({ name, value }: FlagOccurrence): string {
  return name === "env" ? value.replace(/=.*/s, "=…") : value;
}
