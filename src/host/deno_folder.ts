/** Reads folders and files for the context of a build: `Host.listFolder` and `Host.readPieces`. Loaded by a build only. */
import type { FolderEntry } from "./host.ts";

const PIECE_BYTES = 64 * 1024;

/** All that is in a folder, sorted by name. */
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

/** The content of a file; each piece is valid until the next one is asked for. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const length = await file.read(buffer);
    if (length === null) return;
    yield buffer.subarray(0, length);
  }
}
