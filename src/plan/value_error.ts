/** A value that its grammar does not take; the message says why, in the Docker CLI's words where they are good. */
export class ValueError extends Error {
  override name = "ValueError";
}

/** What `read` yields; where it throws a `ValueError`, one with the message that `explain` makes of the reason. */
export function explained<T>(read: () => T, explain: (reason: string) => string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(explain(error.message));
    throw error;
  }
}
