/** Bytes in memory, one piece behind the other. */

/**
 * Grows at its end, by doubling. What is to be written in place is announced and then counted:
 *
 *     const bytes = buffer.reserve(3);
 *     bytes.set([1, 2, 3], buffer.length);
 *     buffer.commit(buffer.length + 3);
 */
export class ByteBuffer {
  /** The content is `bytes[0, length)`, until the buffer grows or is cleared; behind it is room. */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  /** `initialBytes`: what it takes before it has to grow. */
  constructor(readonly initialBytes: number) {
    this.bytes = new Uint8Array(initialBytes);
  }

  /** The array that the content is in, with room for `count` more bytes. */
  reserve(count: number): Uint8Array<ArrayBuffer> {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.bytes;
  }

  /** The content now ends at `end`; from `length` up to there, the reserved bytes have been written. */
  commit(end: number): void {
    this.length = end;
  }

  /** A copy of `bytes[from, to)`. */
  append(bytes: Uint8Array, from: number, to: number): void {
    this.reserve(to - from).set(bytes.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** As UTF-8. */
  appendText(text: string): void {
    // A UTF-16 code unit takes three bytes at the most.
    const room = this.reserve(text.length * 3).subarray(this.length);
    this.length += new TextEncoder().encodeInto(text, room).written;
  }

  /** Forgets the content. An array that has grown beyond `keptBytes` is given back, for one of `initialBytes`. */
  clear(keptBytes = Infinity): void {
    this.length = 0;
    if (this.bytes.length > keptBytes) this.bytes = new Uint8Array(this.initialBytes);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** All pieces as one, in an array of its own. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new ByteBuffer(pieces.reduce((sum, { length }) => sum + length, 0));
  for (const piece of pieces) all.append(piece, 0, piece.length);
  return all.bytes;
}
