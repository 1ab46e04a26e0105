/** `--ulimit`: `nofile=1024:2048`, `core=0`, `memlock=-1`. */
import type { Ulimit } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { DECIMAL, parseInteger } from "./go_numbers.ts";
import { cut, quote } from "./go_strings.ts";

// deno-fmt-ignore
const NAMES = [
  "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
  "rttime", "sigpending", "stack",
];

/** Without a hard limit it is the same as the soft one; -1 is unlimited. @throws {ValueError} */
export function parseUlimit(text: string): Ulimit {
  const [Name, limits] = cut(text, "=");
  if (limits === undefined) {
    throw new ValueError(`invalid ulimit argument: ${quote(text)}; must be NAME=SOFT[:HARD]`);
  }
  if (!NAMES.includes(Name)) {
    throw new ValueError(`invalid ulimit type: ${quote(Name)}; must be ${NAMES.join(", ")}`);
  }
  const [softText = "", hardText = softText, ...more] = limits.split(":");
  if (more.length > 0) {
    throw new ValueError(
      `too many limit value arguments: ${quote(limits)}; can only have up to two, soft[:hard]`,
    );
  }
  const Soft = parseInteger(softText, DECIMAL);
  const Hard = parseInteger(hardText, DECIMAL);
  if (Hard !== -1 && (Soft === -1 || Soft > Hard)) {
    const shown = Soft === -1 ? "-1 (unlimited)" : `${Soft}`;
    throw new ValueError(`ulimit soft limit must be less than or equal to hard limit: ${shown} > ${Hard}`);
  }
  return { Name, Soft, Hard };
}
