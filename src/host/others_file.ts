/**
 * Files in folders that others may write to: there, a pipe may stand in the place of a file at any moment, and whoever
 * opens a pipe in the usual way waits for somebody to write to it; the whole program would.
 */
import type * as NodeFs from "node:fs";
import { ByteBuffer } from "./byte_buffer.ts";
import { refusedGrowth, refusedStat } from "./file_limits.ts";
import type { FileRead } from "./host.ts";
import { nodeModule } from "./node_module.ts";

/** `Host.readOthersFile` on the real host. */
export function readOthersFile(
  path: string,
  limitBytes: number,
  { followsLinks = true }: { readonly followsLinks?: boolean } = {},
): FileRead {
  const fs = nodeModule("node:fs");
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  let file: number | undefined;
  try {
    file = fs.openSync(path, O_RDONLY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW));
    const stat = fs.fstatSync(file);
    return refusedStat({ isFile: stat.isFile(), size: stat.size }, limitBytes) ??
      readAll(file, stat.size, limitBytes, fs);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return { kind: "missing" };
    if (code === "ELOOP" && !followsLinks) return { kind: "error", reason: "it is a link" };
    return { kind: "error", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

function readAll(file: number, size: number, limitBytes: number, fs: typeof NodeFs): FileRead {
  const buffer = new ByteBuffer(size + 1);
  for (;;) {
    const read = fs.readSync(file, buffer.reserve(1).subarray(buffer.length), { position: null });
    if (read === 0) return { kind: "content", bytes: buffer.bytes.slice(0, buffer.length) };
    buffer.commit(buffer.length + read);
    if (buffer.length > limitBytes) return refusedGrowth(limitBytes);
  }
}
