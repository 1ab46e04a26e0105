/** What this machine has too little of just now, which says nothing about what is checked: errno(3). */

/** EAGAIN (no more processes), ENOMEM, ENFILE, EMFILE. */
const NAMES: ReadonlySet<unknown> = new Set(["EAGAIN", "ENOMEM", "ENFILE", "EMFILE"]);
const NUMBERS = /\(os error (?:11|12|23|24)\)/;

/** A check could not be run. */
export class LackError extends Error {
  override name = "LackError";
}

/** @throws LackError if that is what the error means */
export function throwIfLack(error: unknown): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const isLack = NAMES.has((cause as { code?: unknown }).code) || NUMBERS.test(cause.message);
    if (isLack) throw new LackError(cause.message, { cause: error });
  }
}
