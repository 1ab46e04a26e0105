/** The status file of a service that a test plays. */
import { denoHost } from "../../src/host/deno_host.ts";
import { RuntimeFolder } from "../../src/host/runtime_folder.ts";
import { StatusFile } from "../../src/logging/status_file.ts";

export function statusFile(
  folder: string,
  options: { readonly service: string; readonly pid: number },
  written: { readonly lines: number; readonly bytes: number } = { lines: 0, bytes: 0 },
): StatusFile {
  const onFailure = (message: string) => {
    throw new Error(message);
  };
  return new StatusFile(
    new RuntimeFolder(folder, { host: denoHost(), onFailure }),
    { ...options, written },
  );
}
