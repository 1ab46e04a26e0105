/** Adds to the error of a value where in a longer text the value stands. */
import { ValueError, valueOrError } from "../../errors.ts";

/** The result of `read`. @throws {ValueError} where `read` throws one, with the message that `reword` makes of its own */
export function rewordError<T>(read: () => T, reword: (reason: string) => string): T {
  const value = valueOrError(read);
  if (value instanceof ValueError) throw new ValueError(reword(value.message));
  return value;
}
