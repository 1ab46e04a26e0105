/** Compares a value within a JSON document with that of a config. */

/** The value under these keys, one within the other; undefined where there is none. */
export function findInJson(document: unknown, keys: readonly (string | number)[]): unknown {
  let value = document;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** `expected`: from a config, where all scalars are texts, so that `5` and `"5"` are the same. */
export function differsFromJson(value: unknown, expected: unknown): boolean {
  if (typeof expected === "string") return !isScalar(value, expected);
  if (!isStructure(expected) || !isStructure(value)) return value !== expected;
  if (Array.isArray(value) !== Array.isArray(expected)) return true;
  const keys = Object.keys(expected);
  if (keys.length !== Object.keys(value).length) return true;
  return keys.some((key) =>
    !Object.hasOwn(value, key) ||
    differsFromJson(value[key], expected[key])
  );
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isScalar(value: unknown, text: string): boolean {
  if (typeof value === "number") return text.trim() !== "" && Number(text) === value;
  return value !== undefined && typeof value !== "object" && String(value) === text;
}
