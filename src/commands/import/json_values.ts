/** Values of JSON as what is expected of them (of another kind they are empty), and as flags. */
import { flagArgument, plainValues } from "../../plan/flags/flag_writers.ts";

export type Mapping = Readonly<Record<string, unknown>>;

export function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Mapping : {};
}

export function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function items(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map(mapping) : [];
}

/** A text, number or boolean as text. */
export function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** A flag for each item of a list, each `name=value` of a map, or the value; none for null. */
export function flags(fields: Mapping): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    plainValues(value ?? []).map((item) => flagArgument(name, text(item)))
  );
}
