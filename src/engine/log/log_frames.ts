/**
 * The frames of a container's output without a TTY: ContainerAttach, "Stream format".
 * In: chunks of bytes, cut anywhere. Out: payload pieces with their stream, in order; nothing is copied.
 *
 * A frame is an 8-byte header (stream type, three zeros, payload length as 32 bits big-endian) and the payload.
 */

import type { OutputStream } from "../../host/host.ts";

/** Gets `bytes[from, to)` of one stream. `begins`: whether that is the beginning of a frame, not the rest of one. */
export type PayloadHandler = (
  stream: OutputStream,
  bytes: Uint8Array,
  from: number,
  to: number,
  begins: boolean,
) => void;

const HEADER_BYTES = 8;
const STDERR = 2;
const SYSTEM_ERROR = 3;

/**
 * Takes a stream's chunks one after the other, and hands payload to `onPayload` as soon as it is there. Between
 * chunks it keeps the header as far as it has come, and how much of the payload is missing.
 */
export class FrameDemultiplexer {
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #headerView = new DataView(this.#header.buffer);
  #headerLength = 0;
  #payloadLeft = 0;
  /** Whether nothing of the current frame has been handed over. */
  #begins = false;
  #systemError = "";

  constructor(readonly onPayload: PayloadHandler) {}

  /** @throws Error with the engine's words, when the engine reports a failure of the stream itself (type 3) */
  push(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#payloadLeft === 0) {
        position = this.#readHeader(chunk, position);
        if (this.#headerLength < HEADER_BYTES) return;
        this.#headerLength = 0;
        this.#payloadLeft = this.#headerView.getUint32(4);
        this.#begins = true;
        if (this.#payloadLeft === 0) continue;
      }
      const end = Math.min(chunk.length, position + this.#payloadLeft);
      this.#payloadLeft -= end - position;
      this.#deliver(chunk, position, end);
      position = end;
    }
  }

  #readHeader(chunk: Uint8Array, position: number): number {
    while (this.#headerLength < HEADER_BYTES && position < chunk.length) {
      this.#header[this.#headerLength++] = chunk[position++] ?? 0;
    }
    return position;
  }

  #deliver(chunk: Uint8Array, from: number, to: number): void {
    const type = this.#header[0];
    if (type === SYSTEM_ERROR) {
      this.#systemError += new TextDecoder().decode(chunk.subarray(from, to));
      if (this.#payloadLeft === 0) {
        throw new Error(`The engine ended the log stream: ${this.#systemError.trim()}`);
      }
      return;
    }
    this.onPayload(type === STDERR ? "stderr" : "stdout", chunk, from, to, this.#begins);
    this.#begins = false;
  }
}
