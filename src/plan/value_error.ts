/** A value that its grammar does not take; the message says why, in the Docker CLI's words where they are good. */
export class ValueError extends Error {
  override name = "ValueError";
}
