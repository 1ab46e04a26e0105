/**
 * A body in HTTP's chunked coding: RFC 9112, §7.1.
 * In: bytes as they were read, cut anywhere. Out: the same bytes without the framing, moved together in their buffer.
 */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** More than any chunk has; a size beyond it is no size. */
const SIZE_LIMIT = 2 ** 40;

type Part = "size" | "extension" | "data_end" | "trailer";

/** Keeps between reads what a cut chunk needs: the part that it is in, the size so far, the data still to come. */
export class ChunkedBody {
  /** What the framing's next byte belongs to. */
  #part: Part = "size";
  #size = 0;
  #digits = 0;
  /** Data of the current chunk that has not come. */
  #left = 0;
  #trailerLength = 0;
  #isOver = false;

  /** Whether the last chunk and what follows it have been seen. */
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
    }
    return length;
  }

  /** The connection has ended, and the body has not. */
  end(): never {
    throw new Error("the connection broke off");
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
