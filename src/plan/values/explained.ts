/** A grammar inside of another one: the outer one says where the reason stands. */
import { ValueError } from "../../errors.ts";

/** What `read` yields; where it throws a `ValueError`, one with the message that `explain` makes of the reason. */
export function explained<T>(read: () => T, explain: (reason: string) => string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(explain(error.message));
    throw error;
  }
}
