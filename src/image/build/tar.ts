/**
 * The head of a file in a tar archive, in the format "ustar", or in "pax" if a name is too long for that. Pure.
 * Source: pax(1), https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
import { concat } from "../../host/byte_buffer.ts";

export interface TarEntry {
  /** Relative, without a slash at its end. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** The permission bits. */
  readonly mode: number;
  /** Of the content, which follows the head; 0 if there is none. */
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** Where a link leads; else empty. */
  readonly target: string;
}

export const BLOCK_BYTES = 512;
/** An archive ends with two blocks of zeros. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);

const NAME_LIMIT_BYTES = 100;
/** The size has eleven octal digits. */
const NUMBER_LIMIT = 8 ** 11;
const TYPES = { file: "0", folder: "5", link: "2" } as const;
const PAX_TYPE = "x";

const encoder = new TextEncoder();

/** The owner is root, as in what the Docker CLI sends. */
export function tarHead(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const { kind, sizeBytes, modifiedAtMs, target } = entry;
  const path = entry.path + (kind === "folder" ? "/" : "");
  const wide = [
    ...(isNarrow(path) ? [] : [paxRecord("path", path)]),
    ...(isNarrow(target) ? [] : [paxRecord("linkpath", target)]),
    ...(sizeBytes < NUMBER_LIMIT ? [] : [paxRecord("size", String(sizeBytes))]),
  ].join("");
  const head = block({ ...entry, path }, TYPES[kind]);
  if (wide === "") return head;
  const content = encoder.encode(wide);
  const wideEntry = { path: "pax", mode: 0o644, sizeBytes: content.length, modifiedAtMs, target: "" };
  const padding = new Uint8Array(paddingBytes(content.length));
  return concat([block(wideEntry, PAX_TYPE), content, padding, head]);
}

/** How many zeros follow a content, so that the next head begins at a block. */
export function paddingBytes(sizeBytes: number): number {
  return -sizeBytes & (BLOCK_BYTES - 1);
}

function isNarrow(text: string): boolean {
  // deno-lint-ignore no-control-regex -- the bytes of ASCII
  return text.length <= NAME_LIMIT_BYTES && /^[\x01-\x7f]*$/.test(text);
}

/** e.g. `24 path=some/long/name\n`; the number is the length of all this, itself included. */
function paxRecord(key: string, value: string): string {
  const bytes = encoder.encode(` ${key}=${value}\n`).length;
  let length = bytes;
  while (length !== bytes + String(length).length) length = bytes + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function block(
  { path, mode, sizeBytes, modifiedAtMs, target }: Omit<TarEntry, "kind">,
  type: string,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const put = (offset: number, limit: number, text: string) => {
    encoder.encodeInto(text, bytes.subarray(offset, offset + limit));
  };
  const number = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, NAME_LIMIT_BYTES, path);
  put(100, 8, number(mode & 0o7777, 7));
  put(108, 8, number(0, 7));
  put(116, 8, number(0, 7));
  put(124, 12, number(sizeBytes < NUMBER_LIMIT ? sizeBytes : 0, 11));
  put(136, 12, number(Math.max(0, Math.floor(modifiedAtMs / 1000)), 11));
  // The checksum, which is written last, counts its own place as blanks.
  put(148, 8, "        ");
  put(156, 1, type);
  put(157, NAME_LIMIT_BYTES, target);
  put(257, 8, "ustar\x0000");
  put(148, 8, `${number(bytes.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return bytes;
}
