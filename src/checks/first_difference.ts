/** Bytes beside bytes. */

/** The index of the first byte that is not the same; undefined if none is. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const length = Math.min(actual.length, expected.length);
  for (let index = 0; index < length; index++) if (actual[index] !== expected[index]) return index;
  return actual.length === expected.length ? undefined : length;
}
