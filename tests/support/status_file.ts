/** The status file of a service that a test plays. */
import { denoHost } from "../../src/host/deno_host.ts";
import { StatusFile } from "../../src/supervisor/status_file.ts";

/** Unlike a service's own it keeps no file open. */
export function statusFile(
  folder: string,
  options: { readonly service: string; readonly pid: number },
): StatusFile {
  const openRecord = (path: string) => ({ write: (text: string) => Deno.writeTextFileSync(path, text) });
  return new StatusFile(folder, { host: { ...denoHost(), openRecord }, ...options });
}
