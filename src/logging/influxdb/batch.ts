/** A batch: lines of InfluxDB's line protocol, gathered for one write. */
import { ByteBuffer, concat } from "../../host/byte_buffer.ts";

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
export class BatchBuffer extends ByteBuffer {
  #lines = 0;

  constructor() {
    super(INITIAL_BYTES);
  }

  get isFull(): boolean {
    return this.#lines >= BATCH_LINES || this.length >= BATCH_BYTES;
  }

  /** Counts a line that has been written into the buffer; `end`: where it ends, its line break included. */
  override commit(end: number): void {
    super.commit(end);
    this.#lines++;
  }

  /** `line`: without its line break. */
  appendLine(line: string): void {
    this.appendText(line + "\n");
    this.#lines++;
  }

  /** All that has been gathered, and empties the buffer; undefined if there is nothing. */
  take(): Batch | undefined {
    if (this.#lines === 0) return undefined;
    const batch = { bytes: this.bytes.slice(0, this.length), lines: this.#lines };
    // A buffer that a burst has made large is given back once a batch needs little of it.
    this.clear(8 * this.length);
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
  return {
    bytes: concat(batches.map(({ bytes }) => bytes)),
    lines: batches.reduce((sum, { lines }) => sum + lines, 0),
  };
}
