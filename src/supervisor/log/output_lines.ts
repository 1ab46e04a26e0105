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

/** Longer lines come in pieces. */
const LINE_LIMIT_BYTES = 1024 * 1024;

export type Streams<T> = Record<OutputStream, T>;

/** Valid during the call only. */
export interface OutputLine extends LineBytes {
  /** More of the same line is going to follow. */
  readonly unfinished: boolean;
  /** The engine's, in its log; a line in several entries bears that of its first. */
  readonly stamp: Instant | undefined;
}

export type OutputLineHandler = (stream: OutputStream, line: OutputLine) => void;

export interface OutputLinesOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  /** Whether it is the engine's log, with time stamps. */
  readonly stamped: boolean;
}

export class OutputLines {
  /** Takes a chunk. @throws Error with the engine's words, when it reports a failure of the stream itself */
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

  /** Of the last entry of the engine's log. */
  get lastStamp(): Instant | undefined {
    return this.#lastStamp;
  }

  /** Nothing more comes: what there is of a last line is a line. */
  end(): void {
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }
}
