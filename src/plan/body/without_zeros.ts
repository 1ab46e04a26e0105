/** Fields of the create body that differ from being left out even where they are empty. */
const MEANINGFUL_WHEN_ZERO = [
  "Entrypoint",
  "Init",
  "MaskedPaths",
  "MemorySwappiness",
  "ReadonlyPaths",
  "StopTimeout",
];

/** Only the fields that say something: the engine takes a missing one for `""`, `0`, `false`, `[]` and `{}`. */
export function withoutZeros<T extends object>(fields: { [K in keyof T]: T[K] | null | undefined }): T {
  const kept = Object.entries(fields).filter(([name, value]) =>
    value !== undefined && value !== null && (MEANINGFUL_WHEN_ZERO.includes(name) || !isZero(value))
  );
  return Object.fromEntries(kept) as T;
}

function isZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}
