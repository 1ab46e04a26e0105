/** The flags of one list, and what is wrong with them. */
import { flagLabel, FLAGS_BY_NAME } from "./create_flags.ts";
import type { CreateProblem, FlagOccurrence } from "./flag_parser.ts";
import { ValueError } from "./value_error.ts";
import { quote } from "./values/go_strings.ts";

/** Looks up flags by name, and collects problems while their values are read. */
export class GivenFlags {
  readonly problems: CreateProblem[] = [];

  constructor(readonly occurrences: readonly FlagOccurrence[]) {}

  /** All occurrences of these flags, in their order. */
  all(...names: string[]): FlagOccurrence[] {
    return this.occurrences.filter(({ name }) => names.includes(name));
  }

  /** The values of these flags, in their order. */
  values(...names: string[]): string[] {
    return this.all(...names).map(({ value }) => value);
  }

  /** The value that holds for a flag that is not a list: the last one. */
  value(name: string): string {
    return this.values(name).at(-1) ?? "";
  }

  /** What `read` makes of each value of the flag; values that it refuses become problems and are left out. */
  read<T>(flag: string, read: (value: string) => T): Exclude<T, undefined>[] {
    const results = this.all(flag).map((occurrence) => this.readOne(occurrence, read));
    return results.filter((result) => result !== undefined) as Exclude<T, undefined>[];
  }

  /** What `read` makes of the value that holds for the flag; undefined where it is not given, or refused. */
  readLast<T>(flag: string, read: (value: string) => T): T | undefined {
    const last = this.all(flag).at(-1);
    return last && this.readOne(last, read);
  }

  /** What `read` makes of the value; undefined, and a problem, where it refuses it. */
  readOne<T>(occurrence: FlagOccurrence, read: (value: string) => T): T | undefined {
    return this.#attempt(occurrence, () => read(occurrence.value), (reason) => {
      const label = flagLabel(FLAGS_BY_NAME.get(occurrence.name)!);
      return `invalid argument ${quote(shownValue(occurrence))} for "${label}" flag: ${reason}`;
    });
  }

  /** What `combine` makes of several flags; the problem is put down to the last of the given names that occurs. */
  combine<T>(names: readonly string[], combine: () => T): T | undefined {
    return this.#attempt(this.all(...names).at(-1), combine, (reason) => reason);
  }

  #attempt<T>(
    at: FlagOccurrence | undefined,
    action: () => T,
    message: (reason: string) => string,
  ): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.problems.push({
        index: at?.index,
        flag: at?.name,
        message: message(error.message),
        exitCode: 125,
      });
      return undefined;
    }
  }
}

/** Values of variables are nobody's business: they may be secrets. */
function shownValue({ name, value }: FlagOccurrence): string {
  return name === "env" ? value.replace(/=.*/s, "=…") : value;
}
