/** What is no file to be read, whichever way it is opened. */
import type { FileRead } from "./host.ts";

/** Undefined if it is a regular file of at most `limitBytes`. */
export function refusedStat(
  { isFile, size }: { readonly isFile: boolean; readonly size: number },
  limitBytes: number,
): FileRead | undefined {
  if (!isFile) return { kind: "error", reason: "it is no regular file" };
  if (size <= limitBytes) return undefined;
  return { kind: "error", reason: `it has ${size} bytes, at most ${limitBytes} are allowed` };
}

/** Of a file that has grown since, or hides its size, as those of the kernel do. */
export function refusedGrowth(limitBytes: number): FileRead {
  const reason = `it grows while it is read, beyond the ${limitBytes} bytes that are allowed`;
  return { kind: "error", reason };
}
