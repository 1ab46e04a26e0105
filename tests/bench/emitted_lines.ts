/** A container that prints as fast as it can. */

export const LINES = 500_000;
export const FIRST = "this was the first line";
export const LAST = "this was the last line";

const TEXT = "x".repeat(62);

/** Prints so many lines of 70 bytes, no two of them alike: of equal ones the journal keeps the text once. */
export function print(lines: number): string {
  return `yes ${TEXT} | head -n ${lines} | nl -s ' '`;
}

/** Prints `FIRST`, so many lines and then `LAST`, and stays until it is asked to end. */
export function emit(lines: number): string {
  return `trap 'exit 0' TERM; echo ${FIRST}; ${print(lines)}; echo ${LAST}; sleep 600 & wait`;
}
