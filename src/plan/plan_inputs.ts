/** What an argument list needs from outside; gathered before planning, so that the plan itself is pure. */
import { parseFlags } from "./flags/flag_parser.ts";
import { ValueError } from "./value_error.ts";
import { quote } from "./values/go_strings.ts";
import { resolvePath } from "./values/paths.ts";
import { seccompFile } from "./values/security.ts";

/** The outside world as plain data and look-ups. */
export interface PlanInputs {
  /** Absolute folder against which relative host paths resolve: for a service, the config file's. */
  readonly cwd: string;
  /** The value of an environment variable; undefined where it is not set. */
  readonly env: (name: string) => string | undefined;
  /** What stands at an absolute path. */
  readonly file: (path: string) => FileInput;
  /** This host's architecture by Go's name, e.g. `amd64` or `arm64`. */
  readonly architecture: string;
  /** The engine's socket, for `--use-api-socket`. */
  readonly enginePath: string;
}

/** A file's content, or why there is none; a folder is an `error`. */
export type FileInput =
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" }
  | { readonly kind: "error"; readonly reason: string };

/**
 * Absolute paths of all that the list names: env files, label files, seccomp profiles, and for `--cidfile` the file
 * and the folder it is to be in (of these two only the existence counts).
 */
export function wantedFiles(args: readonly string[], cwd: string): string[] {
  const named = parseFlags(args).occurrences.flatMap(({ name, value }) => {
    if (name === "env-file" || name === "label-file") return [value];
    if (name === "cidfile") return [value, parentFolder(value)];
    return name === "security-opt" ? [seccompFile(value) ?? ""] : [];
  });
  return [...new Set(named.filter((path) => path !== "").map((path) => resolvePath(path, cwd)))];
}

/** The content of a file that the user named. @throws {ValueError} where it can not be read */
export function readFile(path: string, inputs: PlanInputs): Uint8Array {
  const file = path === "" ? undefined : inputs.file(resolvePath(path, inputs.cwd));
  if (file?.kind === "content") return file.bytes;
  throw new ValueError(
    `cannot read ${quote(path)}: ${file?.kind === "error" ? file.reason : "no such file"}`,
  );
}

/** The folder that the path names something in; empty where that is the current one. */
export function parentFolder(path: string): string {
  const slash = path.replace(/\/+$/, "").lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, Math.max(slash, 0));
}
