import type { Host } from "../host/host.ts";
import { resolvePath } from "../host/paths.ts";
import { type CheckResult, failing } from "./check.ts";
import { throwIfLack } from "./lack.ts";

export interface CheckFilesOptions {
  readonly host: Host;
  /** The config file's folder, for relative paths. */
  readonly folder: string;
}

/** Files that the config of a check names. They are read for each run, since they may change while the service runs. */
export class CheckFiles {
  /** The result of the run, if a file could not be read. */
  failure: CheckResult | undefined;

  constructor(readonly options: CheckFilesOptions) {}

  /** `key`: of the config, e.g. `body_file`. Undefined where no path is given, and where the file could not be read. */
  read(key: string, given: string | undefined, limitBytes: number): Uint8Array | undefined {
    if (given === undefined) return undefined;
    const path = resolvePath(given, this.options.folder);
    const file = this.options.host.readOthersFile(path, limitBytes);
    if (file.kind === "content") return file.bytes;
    const reason = file.kind === "missing" ? "there is no such file" : file.reason;
    throwIfLack(new Error(reason));
    this.failure = failing(`cannot read ${key} "${path}": ${reason}`, { [key]: path });
    return undefined;
  }
}
