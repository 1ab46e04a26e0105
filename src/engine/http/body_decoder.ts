/**
 * The body of an HTTP/1.1 answer: RFC 9112, §6 and §7.1.
 * In: bytes as they were read, cut anywhere. Out: the body without the framing, moved together in their buffer.
 */

/** Chunked, of so many bytes, or all that comes until the connection is closed. */
export type BodyLength = "chunked" | "until_close" | number;

/** What the head of an answer says. @throws Error if its Content-Length is no number */
export function bodyLength(headers: Headers): BodyLength {
  if (/\bchunked\b/i.test(headers.get("Transfer-Encoding") ?? "")) return "chunked";
  const length = headers.get("Content-Length");
  if (length === null) return "until_close";
  if (!/^\d+$/.test(length)) throw new Error(`the answer has the length "${length}"`);
  return Number(length);
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** More than any chunk has; a size beyond it is no size. */
const SIZE_LIMIT = 2 ** 40;

type FramingPart = "size" | "extension" | "data_end" | "trailer";

/** Between reads it keeps how much data is missing, and of a chunked body where in its framing the last read ended. */
export class BodyDecoder {
  /** What the framing's next byte belongs to. */
  #part: FramingPart = "size";
  #size = 0;
  #digits = 0;
  /** Data that has not come: of the body, or of its current chunk. */
  #left: number;
  #trailerLength = 0;
  #isOver: boolean;

  constructor(readonly length: BodyLength) {
    this.#left = length === "chunked" ? 0 : length === "until_close" ? Infinity : length;
    this.#isOver = length === 0;
  }

  /** Whether the whole body has been seen; of a chunked one also what follows the last chunk. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Moves the data in `buffer[from, to)` to the buffer's beginning; yields how much there is. @throws Error */
  decode(buffer: Uint8Array, from: number, to: number): number {
    let position = from;
    let length = 0;
    while (position < to && !this.#isOver) {
      if (this.#left === 0) {
        this.#takeFraming(buffer[position++]!);
        continue;
      }
      const end = Math.min(to, position + this.#left);
      buffer.copyWithin(length, position, end);
      length += end - position;
      this.#left -= end - position;
      position = end;
      if (this.#left === 0 && this.length !== "chunked") this.#isOver = true;
    }
    return length;
  }

  /** The connection has been closed. @throws Error where more of the body should have come */
  end(): void {
    if (this.length !== "until_close") throw new Error("the connection broke off");
    this.#isOver = true;
  }

  #takeFraming(byte: number): void {
    if (byte === CARRIAGE_RETURN) return;
    switch (this.#part) {
      case "size":
        return byte === LINE_FEED ? this.#beginData() : this.#takeSize(byte);
      case "extension":
        return byte === LINE_FEED ? this.#beginData() : undefined;
      case "data_end":
        if (byte !== LINE_FEED) throw new Error("a chunk is longer than it says");
        this.#part = "size";
        this.#size = this.#digits = 0;
        return;
      case "trailer":
        // An empty line is the end.
        this.#isOver = byte === LINE_FEED && this.#trailerLength === 0;
        this.#trailerLength = byte === LINE_FEED ? 0 : this.#trailerLength + 1;
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit === undefined && this.#digits > 0) {
      this.#part = "extension";
      return;
    }
    if (digit === undefined || this.#size > SIZE_LIMIT) throw new Error("a chunk has no proper size");
    this.#size = this.#size * 16 + digit;
    this.#digits++;
  }

  #beginData(): void {
    if (this.#digits === 0) throw new Error("a chunk has no size");
    this.#left = this.#size;
    this.#part = this.#size === 0 ? "trailer" : "data_end";
  }
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
