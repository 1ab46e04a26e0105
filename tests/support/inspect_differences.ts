/** What an engine says of two things that ought to be the same. */

/** A difference on purpose, or without effect, and why. */
export type MeantDifference = readonly [difference: RegExp, reason: string];

/** e.g. `HostConfig.Memory: 0, the other has 64`; to the engine null, an empty list and nothing at all are the same. */
export function differences(
  ours: unknown,
  theirs: unknown,
  meant: readonly MeantDifference[],
  path = "",
): string[] {
  const both = [ours, theirs].map((value) => typeof value === "object" && value !== null ? value : undefined);
  const [a, b] = both as (Record<string, unknown> | undefined)[];
  if (a !== undefined && b !== undefined && Object.keys(a).length > 0) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], meant, path === "" ? key : `${path}.${key}`));
  }
  const [left, right] = [ours, theirs].map((value) => isEmpty(value) ? undefined : JSON.stringify(value));
  const difference = `${path}: ${left}, the other has ${right}`;
  return left === right || meant.some(([pattern]) => pattern.test(difference)) ? [] : [difference];
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
