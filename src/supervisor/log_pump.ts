/**
 * The container's output → records, one a line.
 * In: the live stream, attached before the start; where that broke off, the engine's log.
 * Out: each line once, in the order of its stream.
 */
import { stampedEntries } from "../engine/log_entries.ts";
import { FrameDemultiplexer, type PayloadHandler } from "../engine/log_frames.ts";
import type { LineRecords } from "../logging/line_records.ts";
import type { Stream } from "../logging/log_record.ts";
import type { OutputQueue } from "../logging/output_queue.ts";
import { type Instant, parseInstant, type RisingClock } from "../logging/rising_clock.ts";
import type { LineCounts } from "./log_position.ts";
import { LastLines } from "./last_lines.ts";
import { LineSplitter } from "./line_splitter.ts";

/** Longer lines become several records, see `LineRecords.write`. */
const LINE_LIMIT_BYTES = 1024 * 1024;
/** With more than this not yet written, more of the engine's log is read only when the writer has caught up. */
const HIGH_WATER_BYTES = 256 * 1024;
/** What may pile up of the live stream while the writer is slow, as records. */
const PILE_LIMIT_BYTES = 32 * 1024 * 1024;

export interface LogPumpOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  readonly records: LineRecords;
  readonly clock: RisingClock;
  readonly output: OutputQueue;
  /** The lines that are out already, by another process. */
  readonly counts?: LineCounts;
  /** Called when the pump begins, with what tells at any time how many lines have gone into the output queue. */
  readonly onBegin?: (counts: () => LineCounts) => void;
}

type Streams<T> = Record<Stream, T>;

export class LogPump {
  readonly lastLines: LastLines;
  /** The beginning of a line whose rest has not come. */
  #unfinished: Streams<LineSplitter> | undefined;
  #isBehind = false;
  /** What is being read now. */
  #chunk: Uint8Array | undefined;
  #chunksRead = 0;

  constructor(readonly options: LogPumpOptions) {
    this.lastLines = new LastLines(options.counts);
    options.records.onReleased = () => void options.output.flush();
  }

  /** Whether the live stream was given up because too much had piled up. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** How often there was something to read: grows as long as the log goes on, also with lines that are out already. */
  get chunksRead(): number {
    return this.#chunksRead;
  }

  /**
   * Pumps the live stream until it ends, which it does when the container has ended and all its output is out.
   * A last line that has no end is kept for `finish`.
   *
   * It never waits for the reader of our output: an engine whose attached client is slow holds the container up, and
   * at its end throws away up to 1 MiB (engine 20.10 even in its own log). When too much piles up it gives up instead,
   * so that the rest is read from the engine's log, which waits for everybody.
   * @throws whatever ends the stream early
   */
  async pumpLive(stream: ReadableStream<Uint8Array>): Promise<void> {
    const splitters = this.#splitters((name, line) =>
      this.#write(name, line, this.options.clock.following())
    );
    this.#unfinished = splitters;
    const onPayload: PayloadHandler = (name, bytes, from, to) => splitters[name].push(bytes, from, to);
    await this.#pump(stream, splitters, onPayload, () => {
      if (this.options.output.waitingBytes <= PILE_LIMIT_BYTES) return;
      this.#isBehind = true;
      throw new Error("Lines come faster than they can be written");
    });
  }

  /** Nothing more comes: what there is of a last line is a line. */
  async finish(): Promise<void> {
    this.#unfinished?.stdout.end();
    this.#unfinished?.stderr.end();
    this.#unfinished = undefined;
    this.options.records.end();
    await this.options.output.flush();
  }

  /** Goes on with the engine's log, read from its beginning, behind the last line that is out. */
  async pumpLog(stream: ReadableStream<Uint8Array>): Promise<void> {
    this.#isBehind = false;
    // What is cut comes again, whole.
    this.#unfinished = undefined;
    const stamps: Streams<Instant | undefined> = { stdout: undefined, stderr: undefined };
    const skipper = new Skipper(this.lastLines);
    const splitters = this.#splitters((name, line) => {
      const instant = stamps[name] ?? this.options.clock.following();
      stamps[name] = undefined;
      if (!skipper.isOut(name, line)) this.#write(name, line, instant);
    });
    const onPayload = stampedEntries((name, stamp, { bytes, from, to }) => {
      // A line in several entries bears the stamp of its first.
      if (stamp !== undefined) stamps[name] ??= parseInstant(stamp);
      splitters[name].push(bytes, from, to);
    });
    this.#unfinished = splitters;
    await this.#pump(stream, splitters, onPayload, async (written) => {
      if (this.options.output.waitingBytes > HIGH_WATER_BYTES) await written;
    });
  }

  async #pump(
    stream: ReadableStream<Uint8Array>,
    splitters: Streams<LineSplitter>,
    onPayload: PayloadHandler,
    afterChunk: (written: Promise<void>) => void | Promise<void>,
  ): Promise<void> {
    const { terminal, clock, output, records, onBegin } = this.options;
    const frames = new FrameDemultiplexer(onPayload);
    // Lines that wait for others to be joined with are not out.
    const queued = (name: Stream) => this.lastLines.count(name) - records.heldLines(name);
    onBegin?.(() => ({ stdout: queued("stdout"), stderr: queued("stderr") }));
    try {
      for await (const chunk of stream) {
        clock.look();
        this.#chunk = chunk;
        this.#chunksRead++;
        if (terminal) splitters.stdout.push(chunk, 0, chunk.length);
        else frames.push(chunk);
        this.lastLines.settle();
        await afterChunk(output.flush());
      }
    } finally {
      await output.flush();
    }
  }

  #splitters(onLine: (name: Stream, line: Line) => void): Streams<LineSplitter> {
    const splitter = (name: Stream) =>
      new LineSplitter(
        { limitBytes: LINE_LIMIT_BYTES, terminal: this.options.terminal },
        (bytes, from, to, unfinished) => onLine(name, { bytes, from, to, unfinished }),
      );
    return { stdout: splitter("stdout"), stderr: splitter("stderr") };
  }

  #write(name: Stream, { bytes, from, to, unfinished }: Line, instant: Instant): void {
    this.options.records.write(name, bytes, { from, to, unfinished, instant });
    // A line that came in several chunks is in the splitter's own buffer, which the next such line overwrites.
    if (!unfinished) this.lastLines.note(name, bytes, from, to, bytes === this.#chunk);
  }
}

interface Line {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly unfinished: boolean;
}

/**
 * Tells the lines of the engine's log that are out already: as many of each stream as there have been.
 * An engine that ended abruptly may have lost the last of them in its log: then the one that stands in their place is new.
 */
class Skipper {
  readonly #left: Streams<number>;
  readonly #counts: Streams<number>;

  constructor(readonly lastLines: LastLines) {
    this.#counts = { stdout: lastLines.count("stdout"), stderr: lastLines.count("stderr") };
    this.#left = { ...this.#counts };
  }

  isOut(name: Stream, { bytes, from, to, unfinished }: Line): boolean {
    if (this.#left[name] === 0) return false;
    if (unfinished) return true;
    const index = this.#counts[name] - this.#left[name];
    if (this.lastLines.matches(name, index, bytes, from, to) === false) {
      this.#left[name] = 0;
      return false;
    }
    this.#left[name]--;
    return true;
  }
}
