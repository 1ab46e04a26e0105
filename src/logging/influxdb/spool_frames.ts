/**
 * Batches in a file that may be cut anywhere: frames one behind the other, each with a head of 12 bytes, big-endian:
 * how many bytes follow, how many lines they are, and their CRC-32.
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

/** The whole frames at the beginning; `isIntact`: whether there is nothing else in the file. */
export function decodeFrames(file: Uint8Array<ArrayBuffer>): { batches: Batch[]; isIntact: boolean } {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const batches: Batch[] = [];
  let offset = 0;
  while (offset + HEAD_BYTES <= file.length) {
    const start = offset + HEAD_BYTES;
    const end = start + view.getUint32(offset);
    // No bytes at all: what a power cut has left may be zeros.
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

/** As in zlib and gzip, RFC 1952 §8. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    crc = CRC_TABLE[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
