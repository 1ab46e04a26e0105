/**
 * The log of a service whose tasks have a TTY: it has no frames.
 * In: bytes cut anywhere, `STAMP DETAILS text\n` one after the other. Out: the text, with its task.
 *
 * Of a line longer than 16 KiB the engine keeps pieces of 16 KiB, each with a prefix of its own; pieces of other tasks
 * may stand in between. Nothing else in a text is ever taken for a prefix: a container could write it. So what a task
 * has left without a line break when it ended runs into the text that comes next.
 */
import { concat } from "../../host/byte_buffer.ts";
import { INCOMPLETE, NO_PREFIX, PrefixReader, type TaskEntryHandler } from "./prefix_reader.ts";

const LINE_FEED = 0x0a;
const PIECE_BYTES = 16 * 1024;
/** The engine's own words are no longer. */
const WORDS_LIMIT_BYTES = 4096;

export class TaskTerminalLog {
  readonly #prefix = new PrefixReader();
  /** What has come of a prefix. */
  #kept: Uint8Array | undefined;
  /** What comes next: a prefix; text; behind 16 KiB of text the prefix of another piece, if the line is in pieces. */
  #next: "prefix" | "text" | "piece" = "prefix";
  #textLength = 0;

  constructor(readonly onEntry: TaskEntryHandler) {}

  /** @throws Error with the engine's words, where it says that the log failed */
  push(chunk: Uint8Array): void {
    const bytes = this.#kept === undefined ? chunk : concat([this.#kept, chunk]);
    this.#kept = undefined;
    let at = 0;
    while (at < bytes.length) {
      const next = this.#next === "text" ? this.#takeText(bytes, at) : this.#takePrefix(bytes, at);
      if (next === undefined) {
        this.#kept = bytes.slice(at);
        return;
      }
      at = next;
    }
  }

  /** Undefined where more is needed to tell whether it is a prefix. */
  #takePrefix(bytes: Uint8Array, at: number): number | undefined {
    const text = this.#prefix.read(bytes, at, bytes.length);
    if (text === INCOMPLETE) return undefined;
    if (text === NO_PREFIX) {
      if (this.#next === "prefix") return this.#takeWords(bytes, at);
      // The line was not kept in pieces, it just goes on.
      this.#beginText();
      return at;
    }
    this.#beginText();
    const { origin, stamp } = this.#prefix;
    this.onEntry(origin, "stdout", bytes, text, text, stamp);
    return text;
  }

  #beginText(): void {
    this.#next = "text";
    this.#textLength = 0;
  }

  #takeText(bytes: Uint8Array, at: number): number {
    const limit = Math.min(bytes.length, at + PIECE_BYTES - this.#textLength);
    const lineFeed = bytes.indexOf(LINE_FEED, at);
    const hasEnd = lineFeed !== -1 && lineFeed < limit;
    const end = hasEnd ? lineFeed + 1 : limit;
    this.onEntry(this.#prefix.origin, "stdout", bytes, at, end, undefined);
    this.#textLength += end - at;
    if (hasEnd) this.#next = "prefix";
    else if (this.#textLength === PIECE_BYTES) this.#next = "piece";
    return end;
  }

  /** Without frames, what the engine has to say of its own failure stands where a line would. */
  #takeWords(bytes: Uint8Array, at: number): undefined {
    const lineFeed = bytes.indexOf(LINE_FEED, at);
    if (lineFeed === -1 && bytes.length - at < WORDS_LIMIT_BYTES) return undefined;
    const words = new TextDecoder().decode(bytes.subarray(at, lineFeed === -1 ? bytes.length : lineFeed));
    throw new Error(`The engine ended the log stream: ${words.trim()}`);
  }
}
