/** `--sysctl`: only those that a container can have for itself. */
import { ValueError } from "../../errors.ts";
import { cut, quote } from "./go_strings.ts";

// deno-fmt-ignore
const NAMES = [
  "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
  "kernel.shmmni", "kernel.shm_rmid_forced",
];
const PREFIXES = ["net.", "fs.mqueue."];

/** Name and value of e.g. `net.core.somaxconn=1024`. */
export function parseSysctl(text: string): [name: string, value: string] {
  const [name, value] = cut(text, "=");
  if (value !== undefined && (NAMES.includes(name) || PREFIXES.some((prefix) => name.startsWith(prefix)))) {
    return [name, value];
  }
  const allowed = [...NAMES, ...PREFIXES.map((prefix) => `${prefix}*`)].join(", ");
  throw new ValueError(`sysctl ${quote(text)} is not allowed; must be NAME=VALUE with one of ${allowed}`);
}
