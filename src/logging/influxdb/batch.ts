/** Lines of line protocol, gathered for one write. */

/** Finished lines, each with its line break. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lines: number;
}

/** What InfluxDB's own guide takes for a good size of a write. */
const BATCH_LINES = 5000;
const BATCH_BYTES = 512 * 1024;
const INITIAL_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** The batch that is being filled. */
export class BatchBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  #lines = 0;

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#lines >= BATCH_LINES || this.#length >= BATCH_BYTES;
  }

  /** A buffer with room for `count` bytes behind `length`. */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  /** A line has been written into the buffer; `end`: where it ends, its line break included. */
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

  /** What has been gathered, undefined if that is nothing; the buffer is empty then. */
  take(): Batch | undefined {
    if (this.#lines === 0) return undefined;
    const batch = { bytes: this.#bytes.slice(0, this.#length), lines: this.#lines };
    // What a burst has made large is given back when a batch needs little of it.
    if (this.#length < this.#bytes.length / 8) this.#bytes = new Uint8Array(INITIAL_BYTES);
    this.#length = 0;
    this.#lines = 0;
    return batch;
  }
}

/** Two batches of about the same size; the batch must have at least two lines. */
export function halve({ bytes, lines }: Batch): [Batch, Batch] {
  let firstLines = 0;
  let end = 0;
  while (firstLines < Math.floor(lines / 2)) {
    end = bytes.indexOf(NEWLINE, end) + 1;
    firstLines++;
  }
  return [
    { bytes: bytes.subarray(0, end), lines: firstLines },
    { bytes: bytes.subarray(end), lines: lines - firstLines },
  ];
}

/** One after the other. */
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
