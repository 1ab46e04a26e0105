/** `--link`: `container` or `container:alias`. */
import { ValueError } from "../../errors.ts";
import { quote } from "./go_strings.ts";

/** The text unchanged, once checked. @throws {ValueError} */
export function checkLink(text: string): string {
  if (text === "") throw new ValueError("empty string specified for links");
  if (text.split(":").length > 2) {
    throw new ValueError(`bad format for links: ${quote(text)}; must be NAME[:ALIAS]`);
  }
  return text;
}
