/** The files that an argument list names, which have to be read before planning. */
import { folderOf, resolvePath } from "../host/paths.ts";
import { parseFlags } from "./flags/flag_parser.ts";
import { seccompFile } from "./values/security.ts";

/**
 * Absolute paths of all that the list names: env files, label files, seccomp profiles, and for `--cidfile` the file
 * and its folder (for these two it only matters whether they exist).
 */
export function wantedFiles(args: readonly string[], cwd: string): string[] {
  const named = parseFlags(args).occurrences.flatMap(({ name, value }) => {
    if (name === "env-file" || name === "label-file") return [value];
    if (name === "cidfile") return [value, folderOf(value)];
    return name === "security-opt" ? [seccompFile(value) ?? ""] : [];
  });
  return [...new Set(named.filter((path) => path !== "").map((path) => resolvePath(path, cwd)))];
}
