/**
 * The container's output → its lines.
 * In: chunks of a live stream or of the engine's log, cut anywhere. Out: lines with their stream, in order.
 */
import { stampedEntries } from "../../engine/log/log_entries.ts";
import { FrameDemultiplexer } from "../../engine/log/log_frames.ts";
import { TerminalLog } from "../../engine/log/terminal_log.ts";
import type { OutputStream } from "../../host/host.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { LineBytes } from "./last_lines.ts";
import { LineSplitter } from "./line_splitter.ts";

/** A longer line is handed over in pieces. */
const LINE_LIMIT_BYTES = 1024 * 1024;

/** One for each of the two streams. */
export type Streams<T> = Record<OutputStream, T>;

/** A line, or a piece of one that is too long. Its bytes are valid only during the call that hands it over. */
export interface OutputLine extends LineBytes {
  /** Whether another piece of the same line follows. */
  readonly unfinished: boolean;
  /** Of the engine's log only; a line that the log has in several entries bears the stamp of the first. */
  readonly stamp: Instant | undefined;
}

export type OutputLineHandler = (stream: OutputStream, line: OutputLine) => void;

export interface OutputLinesOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  /** Whether it is the engine's log, with time stamps. */
  readonly stamped: boolean;
}

/** Cuts one stream of the engine, live or log, into the lines of the container. */
export class OutputLines {
  /** Takes the next chunk. @throws Error with the engine's words, if the engine reports that the stream itself failed */
  readonly push: (chunk: Uint8Array) => void;
  readonly #splitters: Streams<LineSplitter>;
  readonly #stamps: Streams<Instant | undefined> = { stdout: undefined, stderr: undefined };
  #lastStamp: Instant | undefined;

  constructor({ terminal, stamped }: OutputLinesOptions, readonly onLine: OutputLineHandler) {
    const splitter = (stream: OutputStream) =>
      new LineSplitter({ limitBytes: LINE_LIMIT_BYTES, terminal }, (bytes, from, to, unfinished) => {
        onLine(stream, { bytes, from, to, unfinished, stamp: this.#stamps[stream] });
        if (!unfinished) this.#stamps[stream] = undefined;
      });
    const splitters = { stdout: splitter("stdout"), stderr: splitter("stderr") };
    this.#splitters = splitters;
    const onPiece = (stream: OutputStream, bytes: Uint8Array, from: number, to: number) =>
      splitters[stream].push(bytes, from, to);
    const onEntry = (stream: OutputStream, bytes: Uint8Array, from: number, to: number, stamp?: Instant) => {
      if (stamp !== undefined) {
        this.#lastStamp = stamp;
        this.#stamps[stream] ??= stamp;
      }
      splitters[stream].push(bytes, from, to);
    };
    if (terminal) {
      const log = new TerminalLog(onEntry);
      this.push = stamped
        ? (chunk) => log.push(chunk, 0, chunk.length)
        : (chunk) => splitters.stdout.push(chunk, 0, chunk.length);
    } else {
      const frames = new FrameDemultiplexer(stamped ? stampedEntries(onEntry) : onPiece);
      this.push = (chunk) => frames.push(chunk);
    }
  }

  /** The stamp of the last entry that has come of the engine's log. */
  get lastStamp(): Instant | undefined {
    return this.#lastStamp;
  }

  /** How much there is of lines whose line break has not come. */
  get openBytes(): number {
    return this.#splitters.stdout.openBytes + this.#splitters.stderr.openBytes;
  }

  /** To be called when nothing more comes: hands over a last line without a line break. */
  end(): void {
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }
}
