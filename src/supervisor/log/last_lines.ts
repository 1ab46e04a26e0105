/**
 * The last lines of the container: for the record of its end, and to find the place in the engine's log
 * where the live stream broke off.
 */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";

const KEPT = 64;
const SHOWN = 20;
const KEPT_BYTES = 512;

export interface LineBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

interface Slot {
  /** How many lines of its stream came before it, and how many of both. */
  index: number;
  order: number;
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Of the whole line, which may be longer than what is kept. */
  length: number;
  /** When it was read, or the engine's stamp. */
  instant: Instant;
}

export type KeptLine = Readonly<Slot>;

/** Remembers first where in the chunk a line is; copies it only if it is still among the last when the chunk is done. */
export class LastLines {
  readonly #streams: Readonly<Record<OutputStream, LastOfStream>>;
  #noted = 0;

  /** `counts`: the lines that another process has seen before. */
  constructor(counts: Readonly<Record<OutputStream, number>> = { stdout: 0, stderr: 0 }) {
    this.#streams = { stdout: new LastOfStream(counts.stdout), stderr: new LastOfStream(counts.stderr) };
  }

  /** How many lines of the stream there have been. */
  count(stream: OutputStream): number {
    return this.#streams[stream].count;
  }

  /** `lasting`: the bytes stay as they are until `settle`. */
  note(stream: OutputStream, line: LineBytes, instant: Instant, lasting: boolean): void {
    this.#streams[stream].note(line, { instant, order: this.#noted++, lasting });
  }

  /** The chunk is done: what is kept of it gets a copy of its own. */
  settle(): void {
    this.#streams.stdout.settle();
    this.#streams.stderr.settle();
  }

  /** Whether line `index` of the stream reads like this; undefined where it is too long ago to know. */
  matches(stream: OutputStream, index: number, line: LineBytes): boolean | undefined {
    const slot = this.#streams[stream].at(index);
    return slot && readsLike(slot, line);
  }

  /** What is kept of the stream, the oldest first: at most 64 lines, each cut to 512 bytes. */
  ofStream(stream: OutputStream): KeptLine[] {
    return this.#streams[stream].slots();
  }

  /** Of both streams, the oldest first: at most 20, each cut to 512 bytes. */
  texts(): string[] {
    const decoder = new TextDecoder();
    return [...this.ofStream("stdout"), ...this.ofStream("stderr")].sort((a, b) => a.order - b.order)
      .slice(-SHOWN).map(({ bytes, from, to }) => decoder.decode(bytes.subarray(from, to)));
  }
}

/** The line with what is kept of its bytes as a copy. */
export function keepLine({ bytes, from, to }: LineBytes, instant: Instant): KeptLine {
  const kept = bytes.slice(from, Math.min(to, from + KEPT_BYTES));
  return { index: 0, order: 0, bytes: kept, from: 0, to: kept.length, length: to - from, instant };
}

/** Whether the line is the same, as far as the one that is kept tells. */
export function readsLike(kept: KeptLine, { bytes, from, to }: LineBytes): boolean {
  if (kept.length !== to - from) return false;
  for (let offset = kept.to - kept.from - 1; offset >= 0; offset--) {
    if (kept.bytes[kept.from + offset] !== bytes[from + offset]) return false;
  }
  return true;
}

class LastOfStream {
  readonly #ring: Slot[] = [];
  readonly #firstIndex: number;
  #settled: number;

  constructor(public count: number) {
    this.#firstIndex = count;
    this.#settled = count;
  }

  note(
    { bytes, from, to }: LineBytes,
    { instant, order, lasting }: {
      readonly instant: Instant;
      readonly order: number;
      readonly lasting: boolean;
    },
  ): void {
    const index = this.count++;
    const slot = this.#ring[index % KEPT] ??= { index, order, bytes, from, to, length: 0, instant };
    slot.index = index;
    slot.order = order;
    slot.instant = instant;
    const end = Math.min(to, from + KEPT_BYTES);
    slot.bytes = lasting ? bytes : bytes.slice(from, end);
    slot.from = lasting ? from : 0;
    slot.to = lasting ? end : end - from;
    slot.length = to - from;
  }

  settle(): void {
    const first = Math.max(this.#settled, this.count - KEPT);
    let length = 0;
    for (let index = first; index < this.count; index++) {
      const { from, to } = this.#ring[index % KEPT]!;
      length += to - from;
    }
    // One array for all, filled by hand: with one each, this alone cost a fifth of all that is done to a line.
    const kept = new Uint8Array(length);
    let end = 0;
    for (let index = first; index < this.count; index++) {
      const slot = this.#ring[index % KEPT]!;
      const start = end;
      for (let at = slot.from; at < slot.to; at++) kept[end++] = slot.bytes[at]!;
      slot.bytes = kept;
      slot.from = start;
      slot.to = end;
    }
    this.#settled = this.count;
  }

  at(index: number): KeptLine | undefined {
    const slot = this.#ring[index % KEPT];
    return slot?.index === index ? slot : undefined;
  }

  slots(): KeptLine[] {
    const slots: KeptLine[] = [];
    for (let index = Math.max(this.#firstIndex, this.count - KEPT); index < this.count; index++) {
      slots.push(this.#ring[index % KEPT]!);
    }
    return slots;
  }
}
