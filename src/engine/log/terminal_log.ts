/**
 * The engine's log of a container with a TTY: ContainerLogs with `timestamps=1`, which then has no frames.
 * In: bytes cut anywhere, `STAMP text\n` one after the other. Out: the text, with the stamp that stood before it.
 *
 * Of a line longer than 16 KiB the engine keeps pieces of 16 KiB, and puts the line's stamp before each of them:
 * moby, `daemon/logger/copier.go`.
 */
import type { EntryHandler } from "./log_entries.ts";
import { STAMP_LIMIT_BYTES, StampReader } from "./stamp.ts";

const SPACE = 0x20;
const LINE_FEED = 0x0a;
const PIECE_BYTES = 16 * 1024;

/**
 * Takes the bytes in order, cut anywhere, and hands the text to `onEntry` as soon as it is there. A stamp at the
 * beginning of a further piece of a line is left out.
 */
export class TerminalLog {
  readonly #reader = new StampReader();
  /** The current line's stamp and the blank behind it, as far as they have come. */
  readonly #stamp = new Uint8Array(STAMP_LIMIT_BYTES + 1);
  #stampLength = 0;
  /** Behind a full piece: how many bytes have come that are the same as the stamp's. */
  #repeated = 0;
  /** What the next byte belongs to. */
  #where: "stamp" | "text" | "repetition" = "stamp";
  /** How long the current piece is, up to now. */
  #textLength = 0;

  constructor(readonly onEntry: EntryHandler) {}

  push(bytes: Uint8Array, from: number, to: number): void {
    let position = from;
    while (position < to) {
      if (this.#where === "stamp") this.#takeStamp(bytes[position++]!);
      else if (this.#where === "text") position = this.#takeText(bytes, position, to);
      else position = this.#takeRepetition(bytes, position);
    }
  }

  #takeStamp(byte: number): void {
    this.#stamp[this.#stampLength++] = byte;
    if (byte !== SPACE && byte !== LINE_FEED && this.#stampLength < this.#stamp.length) return;
    const stamp = byte === SPACE ? this.#reader.read(this.#stamp, 0, this.#stampLength - 1) : undefined;
    // Where there is no stamp, all of it is text.
    const text = stamp === undefined ? this.#stampLength : 0;
    this.onEntry("stdout", this.#stamp, 0, text, stamp);
    this.#beginText(stamp === undefined && byte === LINE_FEED ? "stamp" : "text");
    if (stamp === undefined) this.#stampLength = 0;
  }

  #beginText(where: "stamp" | "text"): void {
    this.#where = where;
    this.#textLength = 0;
  }

  #takeText(bytes: Uint8Array, from: number, to: number): number {
    const limit = Math.min(to, from + PIECE_BYTES - this.#textLength);
    const lineFeed = bytes.indexOf(LINE_FEED, from);
    const hasEnd = lineFeed !== -1 && lineFeed < limit;
    const end = hasEnd ? lineFeed + 1 : limit;
    this.onEntry("stdout", bytes, from, end, undefined);
    this.#textLength += end - from;
    if (hasEnd) {
      this.#stampLength = 0;
      this.#where = "stamp";
    } else if (this.#textLength === PIECE_BYTES) {
      this.#repeated = 0;
      this.#where = "repetition";
    }
    return end;
  }

  #takeRepetition(bytes: Uint8Array, position: number): number {
    if (this.#repeated < this.#stampLength && bytes[position] === this.#stamp[this.#repeated]) {
      this.#repeated++;
      if (this.#repeated === this.#stampLength) this.#beginText("text");
      return position + 1;
    }
    // No further piece, the line just goes on: what looked like the stamp, if anything, is text.
    this.#beginText("text");
    if (this.#repeated > 0) this.onEntry("stdout", this.#stamp, 0, this.#repeated, undefined);
    return position;
  }
}
