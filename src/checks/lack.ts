/** What this machine has too little of just now, which says nothing about what is checked: errno(3). */

import { innermostMessage } from "../logging/innermost_message.ts";

/** EAGAIN (no more processes), ENOMEM, ENFILE, EMFILE. */
const NAMES: ReadonlySet<unknown> = new Set(["EAGAIN", "ENOMEM", "ENFILE", "EMFILE"]);
const NUMBERS = /\(os error (?:11|12|23|24)\)/;

/** A check could not be run. */
export class LackError extends Error {
  override name = "LackError";
}

/** Whether that is what the error, or what caused it, means. */
export function isLack(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (NAMES.has((cause as { code?: unknown }).code) || NUMBERS.test(cause.message)) return true;
  }
  return false;
}

/** @throws LackError if that is what the error means */
export function throwIfLack(error: unknown): void {
  if (isLack(error)) throw new LackError(innermostMessage(error), { cause: error });
}
