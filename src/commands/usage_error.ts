/** The command line is wrong; `message` says how. */
export class UsageError extends Error {
  override name = "UsageError";
}
