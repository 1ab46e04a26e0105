/**
 * How often systemd has restarted the unit, which it does not tell: counted in the unit's own folder in /run, which
 * outlives a restart (`RuntimeDirectoryPreserve=restart`), but not a stop.
 */
import type { RuntimeFolder } from "../host/runtime_folder.ts";

const FILE_NAME = "restarts";
const LIMIT_BYTES = 16;

/** To be called once at each start; 0 where there is no such folder. */
export async function countRestarts(folder: RuntimeFolder | undefined): Promise<number> {
  if (folder === undefined) return 0;
  const before = await folder.read(FILE_NAME, LIMIT_BYTES);
  const restarts = before === undefined ? 0 : Number(before) + 1 || 0;
  folder.replace(FILE_NAME, String(restarts));
  return restarts;
}
