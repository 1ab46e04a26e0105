/** The last lines of the container: for the record of its end, and to find where to resume the engine's log. */
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";

/** So many lines are kept of each stream. */
const KEPT = 64;
/** So many lines are in the record of the container's end. */
const SHOWN = 20;
/** So much is kept of each line. */
const KEPT_BYTES = 512;

/** A line is `bytes[from, to)`. */
export interface LineBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** In bytes, of the whole line, if there is only its beginning here. */
  readonly length?: number;
}

interface Slot {
  /** How many lines of its stream came before it. */
  index: number;
  /** How many lines of both streams came before it. */
  order: number;
  bytes: Uint8Array;
  from: number;
  to: number;
  /** In bytes, of the whole line. */
  length: number;
  /** When it was read, or the engine's stamp. */
  instant: Instant;
}

/** A line, or the first 512 bytes of a longer one. */
export type KeptLine = Readonly<Slot>;

/** First remembers where in the chunk a line is; when the chunk is done, copies only those that are still among the last. */
export class LastLines {
  readonly #streams: Readonly<Record<OutputStream, LastOfStream>>;
  #noted = 0;

  /** `counts`: how many lines another process has written before this one. */
  constructor(counts: Readonly<Record<OutputStream, number>> = { stdout: 0, stderr: 0 }) {
    this.#streams = { stdout: new LastOfStream(counts.stdout), stderr: new LastOfStream(counts.stderr) };
  }

  /** How many lines of the stream there have been. */
  count(stream: OutputStream): number {
    return this.#streams[stream].count;
  }

  /** `lasting`: the bytes stay as they are until `settle`; if not, they are copied at once. */
  note(stream: OutputStream, line: LineBytes, instant: Instant, lasting: boolean): void {
    this.#streams[stream].note(line, { instant, order: this.#noted++, lasting });
  }

  /** To be called when the chunk is done: copies what is kept of it. */
  settle(): void {
    this.#streams.stdout.settle();
    this.#streams.stderr.settle();
  }

  /** Whether line `index` of the stream reads like this; undefined if it is not kept any more. */
  matches(stream: OutputStream, index: number, line: LineBytes): boolean | undefined {
    const slot = this.#streams[stream].at(index);
    return slot && readsLike(slot, line);
  }

  /** The container's first line of the stream; undefined if there was none, or another process has written it. */
  first(stream: OutputStream): KeptLine | undefined {
    return this.#streams[stream].first;
  }

  /** The last 64 lines of the stream, the oldest first. */
  ofStream(stream: OutputStream): KeptLine[] {
    return this.#streams[stream].slots();
  }

  /** The last 20 lines of both streams, the oldest first, each cut to 512 bytes. */
  texts(): string[] {
    const decoder = new TextDecoder();
    return [...this.ofStream("stdout"), ...this.ofStream("stderr")].sort((a, b) => a.order - b.order)
      .slice(-SHOWN).map(({ bytes, from, to }) => decoder.decode(bytes.subarray(from, to)));
  }
}

/** A copy of the line, to be compared with others by `readsLike`. */
export function keepLine({ bytes, from, to }: LineBytes, instant: Instant): KeptLine {
  const kept = bytes.slice(from, Math.min(to, from + KEPT_BYTES));
  return { index: 0, order: 0, bytes: kept, from: 0, to: kept.length, length: to - from, instant };
}

/** Whether the two lines have the same length and the same first 512 bytes. */
export function readsLike(kept: KeptLine, { bytes, from, to, length = to - from }: LineBytes): boolean {
  if (kept.length !== length) return false;
  for (let offset = kept.to - kept.from - 1; offset >= 0; offset--) {
    if (kept.bytes[kept.from + offset] !== bytes[from + offset]) return false;
  }
  return true;
}

class LastOfStream {
  readonly #ring: Slot[] = [];
  #settled: number;
  first: KeptLine | undefined;

  constructor(public count: number) {
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
    if (index === 0) this.first = keepLine({ bytes, from, to }, instant);
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
    // One array for all of them, filled byte by byte: an array for each cost a fifth of the pump's time.
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
    // `values`, since the ring has holes if it did not begin with line 0.
    return Object.values(this.#ring).sort((a, b) => a.index - b.index);
  }
}
