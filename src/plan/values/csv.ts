/** The comma-separated fields of `--mount`, `--gpus` and the long form of `--network`. */
import { ValueError } from "../../errors.ts";
import { quote } from "./go_strings.ts";

/**
 * The fields of the first record, by the rules of Go's `encoding/csv`: a field that starts with `"` ends at the
 * next single `"`, in it `""` is a quote, and commas and newlines stand for themselves; elsewhere no `"` may occur.
 * Empty lines before the record are skipped, and what follows it is ignored.
 */
export function readCsvRecord(text: string): string[] {
  // "\r\n" counts as "\n", and a "\r" at the very end is dropped.
  let rest = text.replaceAll("\r\n", "\n").replace(/\r$/, "").replace(/^\n+/, "");
  if (rest === "") throw new ValueError("must not be empty");
  const fields: string[] = [];
  while (true) {
    const field = rest.startsWith('"') ? readQuoted(rest, text) : readPlain(rest, text);
    fields.push(field.value);
    rest = field.rest;
    if (!rest.startsWith(",")) return fields;
    rest = rest.slice(1);
  }
}

interface Field {
  readonly value: string;
  /** Begins with the comma or newline after the field. */
  readonly rest: string;
}

function readPlain(text: string, whole: string): Field {
  const value = /^[^,\n]*/.exec(text)![0];
  if (value.includes('"')) throw new ValueError(`bare " in a field without quotes: ${quote(whole)}`);
  return { value, rest: text.slice(value.length) };
}

function readQuoted(text: string, whole: string): Field {
  const match = /^"((?:[^"]|"")*)"(?=[,\n]|$)/.exec(text);
  if (!match) throw new ValueError(`extraneous or missing " in a field with quotes: ${quote(whole)}`);
  return { value: match[1]!.replaceAll('""', '"'), rest: text.slice(match[0].length) };
}
