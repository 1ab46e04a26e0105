/** Fields where an empty value means something else than a missing field. */
const MEANINGFUL_WHEN_ZERO = [
  "Entrypoint",
  "Init",
  "MaskedPaths",
  "MemorySwappiness",
  "ReadonlyPaths",
  "StopTimeout",
];

/** The fields without those that are `null`, `""`, `0`, `false`, `[]` or `{}`, which to the engine are as if missing. */
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
