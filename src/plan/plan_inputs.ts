/** What a plan needs to know of the host. It is read before planning, so that planning itself reads nothing. */
import type { FileRead } from "../host/host.ts";
import { ValueError } from "../errors.ts";
import { quote } from "./values/go_strings.ts";
import { resolvePath } from "../host/paths.ts";

/** The host as plain data and look-ups; see `gatherInputs` in `start/plan_service.ts`. */
export interface PlanInputs {
  /** Absolute folder against which relative host paths resolve: for a service, the config file's. */
  readonly cwd: string;
  /** The value of an environment variable; undefined where it is not set. */
  readonly env: (name: string) => string | undefined;
  /** What stands at an absolute path. */
  readonly file: (path: string) => FileRead;
  /** This host's architecture by Go's name, e.g. `amd64` or `arm64`. */
  readonly architecture: string;
  /** The engine's socket, for `--use-api-socket`. */
  readonly enginePath: string;
}

/** The content of a file that the user named. @throws {ValueError} where it can not be read */
export function readFile(path: string, inputs: PlanInputs): Uint8Array {
  const file = path === "" ? undefined : inputs.file(resolvePath(path, inputs.cwd));
  if (file?.kind === "content") return file.bytes;
  throw new ValueError(
    `cannot read ${quote(path)}: ${file?.kind === "error" ? file.reason : "no such file"}`,
  );
}
