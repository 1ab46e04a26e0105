/** A grammar inside of another one: the outer one says where the reason stands. */
import { ValueError } from "../../errors.ts";

/** What `read` yields; where it throws a `ValueError`, one with the message that `reword` makes of the reason. */
export function rewordError<T>(read: () => T, reword: (reason: string) => string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(reword(error.message));
    throw error;
  }
}
