/**
 * Bytes on their way to standard output: gathered while a write is under way, written in large pieces.
 * In: bytes, at any time, without waiting. Out: one `write` at a time, in order.
 */
import { ByteBuffer } from "../host/byte_buffer.ts";

const INITIAL_BYTES = 64 * 1024;
/** A buffer that one burst has made larger than this is given back. */
const KEPT_BYTES = 1024 * 1024;
/** What is written at once, so that a slow reader can be told from one that has stalled. */
const PIECE_BYTES = 256 * 1024;

export class OutputQueue {
  #filling = new ByteBuffer(INITIAL_BYTES);
  #spare = new ByteBuffer(INITIAL_BYTES);
  #isWriting = false;
  /** The last write that has begun; it may be over. */
  #lastWrite: Promise<void> = Promise.resolve();
  /** Of all flushes during a write: the one that begins when that is over. */
  #nextWrite: Promise<void> | undefined;
  #isBroken = false;
  #pieceBegunMs: number | undefined;

  /**
   * `write` gets pieces; `isLast`: with this one all is out that was there when the first of them was handed over. It may
   * be exchanged while nothing is written.
   * `onBroken` is called once, when writing fails; from then on everything is thrown away.
   */
  constructor(
    public write: (bytes: Uint8Array, isLast: boolean) => Promise<void>,
    readonly onBroken: (error: unknown) => void,
  ) {}

  /** How many bytes wait behind the write that is under way. */
  get waitingBytes(): number {
    return this.#filling.length;
  }

  /** For how long the reader has taken nothing of what waits for it, in milliseconds; 0 if nothing waits. */
  get stalledMs(): number {
    return this.#pieceBegunMs === undefined ? 0 : performance.now() - this.#pieceBegunMs;
  }

  /** Room for `count` bytes at `offset` of the buffer it yields; `commit` says how many have been filled. */
  reserve(count: number): { buffer: Uint8Array; offset: number } {
    const filling = this.#filling;
    return { buffer: filling.reserve(count), offset: filling.length };
  }

  /** `end`: where in the reserved buffer the filled bytes end. */
  commit(end: number): void {
    if (!this.#isBroken) this.#filling.commit(end);
  }

  append(text: string): void {
    if (!this.#isBroken) this.#filling.appendText(text);
  }

  /** Resolves when everything that was there at the time of the call is written, or thrown away. */
  flush(): Promise<void> {
    if (this.#nextWrite === undefined && !this.#isWriting) return this.#beginWrite();
    const begin = () => this.#beginWrite();
    return this.#nextWrite ??= this.#lastWrite.then(begin, begin);
  }

  #beginWrite(): Promise<void> {
    this.#nextWrite = undefined;
    return this.#lastWrite = this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // Set and cleared here only: a promise in its place would be stored after a write that ends at once has cleared it.
    this.#isWriting = true;
    const full = this.#filling;
    const { bytes, length } = full;
    this.#filling = this.#spare;
    this.#spare = full;
    try {
      for (let at = 0; at < length; at += PIECE_BYTES) {
        this.#pieceBegunMs = performance.now();
        await this.write(bytes.subarray(at, Math.min(length, at + PIECE_BYTES)), at + PIECE_BYTES >= length);
      }
    } catch (error) {
      this.#isBroken = true;
      this.#filling.clear(KEPT_BYTES);
      this.onBroken(error);
    } finally {
      this.#isWriting = false;
      this.#pieceBegunMs = undefined;
      full.clear(KEPT_BYTES);
    }
  }
}
