/** A batch: lines of InfluxDB's line protocol, gathered for one write. */

/** Whole lines, each with its line break. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lines: number;
}

/**
 * With either of these a batch is full. InfluxDB's own advice for the lines:
 * https://docs.influxdata.com/influxdb/v2/write-data/best-practices/optimize-writes/#batch-writes
 */
const BATCH_LINES = 5000;
const BATCH_BYTES = 512 * 1024;
const INITIAL_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** The batch that is being filled, line after line; begins anew when it is taken. */
export class BatchBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  #lines = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#lines >= BATCH_LINES || this.#length >= BATCH_BYTES;
  }

  /** The buffer, with room for `count` bytes after `length`; valid until the next call. */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  /** Counts a line that has been written into the buffer; `end`: where it ends, its line break included. */
  commit(end: number): void {
    this.#length = end;
    this.#lines++;
  }

  /** `line`: without its line break. */
  append(line: string): void {
    // A UTF-16 code unit takes three bytes at the most.
    const bytes = this.reserve(line.length * 3 + 1);
    const end = this.#length + new TextEncoder().encodeInto(line, bytes.subarray(this.#length)).written;
    bytes[end] = NEWLINE;
    this.commit(end + 1);
  }

  /** All that has been gathered, and empties the buffer; undefined if there is nothing. */
  take(): Batch | undefined {
    if (this.#lines === 0) return undefined;
    const batch = { bytes: this.#bytes.slice(0, this.#length), lines: this.#lines };
    // A buffer that a burst has made large is given back once a batch needs little of it.
    if (this.#length < this.#bytes.length / 8) this.#bytes = new Uint8Array(INITIAL_BYTES);
    this.#length = 0;
    this.#lines = 0;
    return batch;
  }
}

/** Two batches, each with half of the lines; there must be at least two. */
export function halve({ bytes, lines }: Batch): [Batch, Batch] {
  const firstLines = Math.floor(lines / 2);
  let end = 0;
  for (let line = 0; line < firstLines; line++) end = bytes.indexOf(NEWLINE, end) + 1;
  return [
    { bytes: bytes.subarray(0, end), lines: firstLines },
    { bytes: bytes.subarray(end), lines: lines - firstLines },
  ];
}

/** The lines of all batches as one. */
export function join(batches: readonly Batch[]): Batch {
  const [first] = batches;
  if (batches.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(batches.reduce((sum, batch) => sum + batch.bytes.length, 0));
  let lines = 0;
  let offset = 0;
  for (const batch of batches) {
    bytes.set(batch.bytes, offset);
    offset += batch.bytes.length;
    lines += batch.lines;
  }
  return { bytes, lines };
}
