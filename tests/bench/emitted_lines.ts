/** A container that prints as fast as it can. */

export const LINES = 500_000;
/** 70 bytes with its end. */
export const LINE = "x".repeat(69);
export const LAST = "this was the last line";

/** Prints so many lines of 70 bytes and then `LAST`, and stays until it is asked to end. */
export function emit(lines: number): string {
  return `trap 'exit 0' TERM; yes ${LINE} | head -n ${lines}; echo ${LAST}; sleep 600 & wait`;
}
