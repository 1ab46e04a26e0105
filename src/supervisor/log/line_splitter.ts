/**
 * Bytes of one output stream → lines.
 * In: pieces cut anywhere. Out: ranges of bytes without their line break; what a piece leaves unfinished is kept.
 */
import { ByteBuffer } from "../../host/byte_buffer.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const INITIAL_BYTES = 4096;

/** Gets one line, `bytes[from, to)`, valid during the call only. `unfinished`: its rest follows in further calls. */
export type LineHandler = (bytes: Uint8Array, from: number, to: number, unfinished: boolean) => void;

export interface LineSplitterOptions {
  /** A line that grows beyond this is handed over in pieces, so that memory stays bounded. */
  readonly limitBytes: number;
  /** Whether lines end as a terminal ends them, in `\r\n`. */
  readonly terminal: boolean;
}

export class LineSplitter {
  readonly #partial = new ByteBuffer(INITIAL_BYTES);
  /** Whether a piece of the current line has been handed over already. */
  #inPieces = false;

  constructor(readonly options: LineSplitterOptions, readonly onLine: LineHandler) {}

  /** How much there is of a line whose rest has not come. */
  get openBytes(): number {
    return this.#partial.length;
  }

  push(bytes: Uint8Array, from: number, to: number): void {
    let start = from;
    while (start < to) {
      const lineFeed = bytes.indexOf(LINE_FEED, start);
      if (lineFeed === -1 || lineFeed >= to) return this.#keep(bytes, start, to);
      if (this.#partial.length === 0 && lineFeed - start <= this.options.limitBytes) {
        this.#handOver(bytes, start, lineFeed);
      } else {
        this.#keep(bytes, start, lineFeed);
        this.#handOver(this.#partial.bytes, 0, this.#partial.length);
        this.#partial.clear();
      }
      start = lineFeed + 1;
    }
  }

  /** The stream is over: hands over a last line that has no line break. */
  end(): void {
    const { bytes, length } = this.#partial;
    if (length > 0 || this.#inPieces) this.#handOver(bytes, 0, length);
    this.#partial.clear(INITIAL_BYTES);
  }

  #handOver(bytes: Uint8Array, from: number, to: number): void {
    const end = this.options.terminal && to > from && bytes[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
    this.#inPieces = false;
    this.onLine(bytes, from, end, false);
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    let start = from;
    while (start < to) {
      const end = Math.min(to, start + this.options.limitBytes - this.#partial.length);
      this.#partial.append(bytes, start, end);
      start = end;
      if (this.#partial.length >= this.options.limitBytes && start < to) this.#handOverPiece();
    }
  }

  /** All but a character that is cut in two at the end. */
  #handOverPiece(): void {
    const { bytes, length } = this.#partial;
    const end = characterBoundary(bytes, length);
    this.#inPieces = true;
    this.onLine(bytes, 0, end, true);
    bytes.copyWithin(0, end, length);
    this.#partial.commit(length - end);
  }
}

/** The last position at or before `length` that is not inside a UTF-8 character; of invalid bytes, any. */
function characterBoundary(bytes: Uint8Array, length: number): number {
  for (let position = length - 1; position > 0 && position >= length - 4; position--) {
    const byte = bytes[position]!;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return position + size > length ? position : length;
  }
  return length;
}
