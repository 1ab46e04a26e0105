/** A container that prints as fast as it can. */

export const LINES = 500_000;
export const LAST = "this was the last line";

/** Prints so many lines of 70 bytes and then `LAST`, and stays. */
export function emit(lines: number): string {
  return `yes ${"x".repeat(69)} | head -n ${lines}; echo ${LAST}; exec sleep 600`;
}
