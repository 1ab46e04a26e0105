/**
 * The content of a file of the spool: frames, one after the other, each a batch. A crash may leave the last frame cut
 * off or full of zeros; the ones before it can still be read.
 * A frame is a head of three 32-bit numbers, big-endian (bytes that follow, lines that they are, their CRC-32), and
 * the bytes.
 */
import { concat } from "../../host/byte_buffer.ts";
import type { Batch } from "./batch.ts";

const HEAD_BYTES = 12;

export function encodeFrame({ bytes, lines }: Batch): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint32(0, bytes.length);
  head.setUint32(4, lines);
  head.setUint32(8, crc32(bytes));
  return concat([new Uint8Array(head.buffer), bytes]);
}

/** The batches up to the first frame that is damaged; `isIntact`: whether there is none. */
export function decodeFrames(file: Uint8Array<ArrayBuffer>): { batches: Batch[]; isIntact: boolean } {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const batches: Batch[] = [];
  let offset = 0;
  while (offset + HEAD_BYTES <= file.length) {
    const start = offset + HEAD_BYTES;
    const end = start + view.getUint32(offset);
    // No bytes: these are the zeros that a power cut may leave.
    if (end === start || end > file.length) break;
    const bytes = file.subarray(start, end);
    if (crc32(bytes) !== view.getUint32(offset + 8)) break;
    batches.push({ bytes, lines: view.getUint32(offset + 4) });
    offset = end;
  }
  return { batches, isIntact: offset === file.length };
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** As in gzip, RFC 1952 §8. (That of node:zlib comes with 10 MiB of memory.) */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    crc = CRC_TABLE[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
