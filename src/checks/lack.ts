/** What this machine has too little of just now, which says nothing about what is checked: errno(3). */

/** EAGAIN (no more processes), ENOMEM, ENFILE, EMFILE. */
const NAMES: ReadonlySet<unknown> = new Set(["EAGAIN", "ENOMEM", "ENFILE", "EMFILE"]);
const NUMBERS = /[^:]*\(os error (?:11|12|23|24)\)/;

/**
 * What it is, e.g. `Too many open files (os error 24)`, without what else the message holds, such as a URL; undefined if
 * neither the error nor what caused it means that.
 */
export function lackOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const words = NUMBERS.exec(cause.message)?.[0].trim();
    if (words !== undefined) return words;
    const { code } = cause as { code?: unknown };
    if (NAMES.has(code)) return String(code);
  }
  return undefined;
}

/** @throws the error itself if that is what it means */
export function throwIfLack(error: unknown): void {
  if (lackOf(error) !== undefined) throw error;
}
