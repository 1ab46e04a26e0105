/** `Host.listFolder`. Loaded only by a build, and for InfluxDB. */
import type { FolderEntry } from "./host.ts";

export async function listFolder(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { isFile, isDirectory, isSymlink, mode, size, mtime } = await Deno.lstat(path);
    entries.push({
      name,
      kind: isFile ? "file" : isDirectory ? "folder" : isSymlink ? "link" : "other",
      mode: (mode ?? 0) & 0o7777,
      sizeBytes: isFile ? size : 0,
      modifiedAtMs: mtime?.getTime() ?? 0,
      target: isSymlink ? await Deno.readLink(path) : "",
    });
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}
