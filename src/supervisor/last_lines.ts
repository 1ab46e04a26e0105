/**
 * The last lines of the container: for the record of its end, and to find the place in the engine's log
 * where the live stream broke off.
 */
import type { Stream } from "../logging/log_record.ts";

const KEPT = 64;
const SHOWN = 20;
const KEPT_BYTES = 512;

interface Slot {
  stream: Stream;
  /** How many lines of its stream came before it. */
  index: number;
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Of the whole line, which may be longer than what is kept. */
  length: number;
}

/** Remembers first where in the chunk a line is; copies it only if it is still among the last when the chunk is done. */
export class LastLines {
  readonly #slots: Slot[] = [];
  readonly #counts: Record<Stream, number>;
  #noted = 0;
  #settled = 0;

  /** `counts`: the lines that another process has seen before. */
  constructor(counts: Readonly<Record<Stream, number>> = { stdout: 0, stderr: 0 }) {
    this.#counts = { ...counts };
  }

  /** How many lines of the stream there have been. */
  count(stream: Stream): number {
    return this.#counts[stream];
  }

  /** `lasting`: the bytes stay as they are until `settle`. */
  note(stream: Stream, bytes: Uint8Array, from: number, to: number, lasting: boolean): void {
    const slot = this.#slots[this.#noted % KEPT] ??= {
      stream,
      index: 0,
      bytes,
      from: 0,
      to: 0,
      length: 0,
    };
    slot.stream = stream;
    slot.index = this.#counts[stream]++;
    const end = Math.min(to, from + KEPT_BYTES);
    slot.bytes = lasting ? bytes : bytes.slice(from, end);
    slot.from = lasting ? from : 0;
    slot.to = lasting ? end : end - from;
    slot.length = to - from;
    this.#noted++;
  }

  /** The chunk is done: what is kept of it gets a copy of its own. */
  settle(): void {
    for (let at = Math.max(this.#settled, this.#noted - KEPT); at < this.#noted; at++) {
      const slot = this.#slots[at % KEPT]!;
      slot.bytes = slot.bytes.slice(slot.from, slot.to);
      slot.to -= slot.from;
      slot.from = 0;
    }
    this.#settled = this.#noted;
  }

  /** Whether line `index` of the stream reads like this; undefined where it is too long ago to know. */
  matches(stream: Stream, index: number, bytes: Uint8Array, from: number, to: number): boolean | undefined {
    const slot = this.#slots.find((slot) => slot.stream === stream && slot.index === index);
    if (slot === undefined) return undefined;
    if (slot.length !== to - from) return false;
    return slot.bytes.every((byte, offset) => bytes[from + offset] === byte);
  }

  /** At most 20, the oldest first, each cut to 512 bytes. */
  texts(): string[] {
    const decoder = new TextDecoder();
    const texts: string[] = [];
    for (let at = Math.max(0, this.#noted - SHOWN); at < this.#noted; at++) {
      const { bytes, from, to } = this.#slots[at % KEPT]!;
      texts.push(decoder.decode(bytes.subarray(from, to)));
    }
    return texts;
  }
}
