/** Lines of line protocol, gathered for one write. */
import { ByteBuffer, concat } from "../../host/byte_buffer.ts";

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
  readonly #buffer = new ByteBuffer(INITIAL_BYTES);
  #lines = 0;

  get length(): number {
    return this.#buffer.length;
  }

  get isFull(): boolean {
    return this.#lines >= BATCH_LINES || this.length >= BATCH_BYTES;
  }

  /** A buffer with room for `count` bytes behind `length`. */
  reserve(count: number): Uint8Array {
    return this.#buffer.reserve(count);
  }

  /** A line has been written into the buffer; `end`: where it ends, its line break included. */
  commit(end: number): void {
    this.#buffer.commit(end);
    this.#lines++;
  }

  /** `line`: without its line break. */
  append(line: string): void {
    this.#buffer.appendText(line + "\n");
    this.#lines++;
  }

  /** What has been gathered, undefined if that is nothing; the buffer is empty then. */
  take(): Batch | undefined {
    if (this.#lines === 0) return undefined;
    const batch = { bytes: this.#buffer.bytes.slice(0, this.length), lines: this.#lines };
    // What a burst has made large is given back when a batch needs little of it.
    this.#buffer.clear(8 * this.length);
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
  return {
    bytes: concat(batches.map(({ bytes }) => bytes)),
    lines: batches.reduce((sum, { lines }) => sum + lines, 0),
  };
}
