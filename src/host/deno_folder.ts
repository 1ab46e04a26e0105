/** `Host.listFolder`. Loaded when it is asked for. */
import type { FolderEntry } from "./host.ts";

export async function listFolder(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const { name, isFile, isSymlink } of Deno.readDir(folder)) {
    // Of a link, what it leads to; it may have gone meanwhile. Who may read the folder but not enter it sees names only.
    const info = await Deno.stat(`${folder}/${name}`).catch((error) =>
      error instanceof Deno.errors.PermissionDenied ? { isFile: isFile || isSymlink, size: 0 } : undefined
    );
    if (info?.isFile) entries.push({ name, sizeBytes: info.size });
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}
