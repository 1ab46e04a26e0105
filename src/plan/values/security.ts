/** `--security-opt`: `no-new-privileges`, `apparmor=…`, `label=…`, `seccomp=FILE`, `systempaths=unconfined`. */
import { ValueError } from "../../errors.ts";
import { cut, quote } from "./go_strings.ts";

/** Profiles that the engine itself knows; anything else after `seccomp=` is a file. */
const BUILT_IN_PROFILES = ["builtin", "unconfined"];

/** The file with a seccomp profile that the option names, if it names one. */
export function seccompFile(option: string): string | undefined {
  const { key, value = "" } = splitOption(option);
  return key === "seccomp" && value !== "" && !BUILT_IN_PROFILES.includes(value) ? value : undefined;
}

/** The option as it is sent: the content of a seccomp file takes the place of its name. */
export function parseSecurityOption(option: string, readFile: (path: string) => Uint8Array): string {
  const { key, value = "" } = splitOption(option);
  if (value === "" && key !== "no-new-privileges") {
    throw new ValueError(`invalid --security-opt: ${quote(option)}; must be KEY=VALUE or no-new-privileges`);
  }
  const path = seccompFile(option);
  return path === undefined ? option : `seccomp=${compactJson(readFile(path), path)}`;
}

/** Handled on this side: the engine is asked to mask no paths and to make none read-only. */
export function isUnconfinedPaths(option: string): boolean {
  return option === "systempaths=unconfined";
}

/** `key=value`, or `key:value` as in Docker's first releases. */
export function splitOption(option: string): { key: string; value: string | undefined } {
  const [key, value] = cut(option, "=");
  if (value !== undefined) return { key, value };
  const [oldKey, oldValue] = cut(option, ":");
  return { key: oldKey, value: oldValue };
}

function compactJson(bytes: Uint8Array, path: string): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  try {
    JSON.parse(text);
  } catch (error) {
    throw new ValueError(`compacting json for seccomp profile (${path}) failed: ${(error as Error).message}`);
  }
  // Numbers and escapes keep the form they have: parsing and writing again would change them.
  return text.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g, "$1");
}
