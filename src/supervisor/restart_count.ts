/**
 * How often systemd has restarted the unit, which it does not tell: counted in the unit's own folder in /run, which
 * outlives a restart (`RuntimeDirectoryPreserve=restart`), but not a stop.
 */
import type { Host } from "../host/host.ts";

const FILE_NAME = "restarts";
const RECORD_BYTES = 16;

/** To be called once at each start; 0 where there is no such folder. */
export async function countRestarts(folder: string | undefined, host: Host): Promise<number> {
  if (folder === undefined) return 0;
  const path = `${folder}/${FILE_NAME}`;
  const file = await host.readFile(path, RECORD_BYTES);
  const restarts = file.kind === "content" ? Number(new TextDecoder().decode(file.bytes)) + 1 || 0 : 0;
  host.openRecord(path).write(String(restarts).padEnd(RECORD_BYTES));
  return restarts;
}
