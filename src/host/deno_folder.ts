/** `Host.listFolder`. Loaded only for InfluxDB. */
import type { FolderEntry } from "./host.ts";

export async function listFolder(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) entries.push({ name, sizeBytes: (await Deno.stat(`${folder}/${name}`)).size });
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}
