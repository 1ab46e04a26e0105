/**
 * The container's output → records, one a line.
 * In: the live stream, attached before the start; where that broke off, the engine's log.
 * Out: each line once, in the order of its stream.
 */
import type { LineRecords } from "../../logging/line_records.ts";
import type { Instant, Logger } from "../../logging/log_record.ts";
import type { OutputStream } from "../../host/host.ts";
import type { OutputQueue } from "../../logging/output_queue.ts";
import type { RisingClock } from "../../logging/rising_clock.ts";
import { LastLines } from "./last_lines.ts";
import { LOG_BEGINNING, type LogStart, LogTrack } from "./log_place.ts";
import type { LineCounts } from "./log_position.ts";
import { CountSkip, type LogSkip, StampSkip } from "./log_skip.ts";
import { type OutputLine, OutputLines, type Streams } from "./output_lines.ts";
import { within } from "../../host/pause.ts";

/** With more than this not yet written, more of the engine's log is read only when the writer has caught up. */
const HIGH_WATER_BYTES = 256 * 1024;
/** With more than this, the live stream is read a little slower. */
const SLOW_DOWN_BYTES = 512 * 1024;
/** Per piece of up to 64 KiB: the engine then still gets rid of 12 MiB a second. */
const SLOW_DOWN_MS = 5;
/** What may pile up of the live stream while the writer is slow, as records. */
const PILE_LIMIT_BYTES = 128 * 1024 * 1024;

export interface LogPumpOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  readonly records: LineRecords;
  readonly clock: RisingClock;
  readonly output: OutputQueue;
  /** For what is to be said about the lines themselves. */
  readonly logger: Logger;
  /** The lines that are out already, by another process. */
  readonly counts?: LineCounts;
  /** Called when the pump begins, with what tells at any time how many lines have gone into the output queue. */
  readonly onBegin?: (counts: () => LineCounts) => void;
}

/** How the pumping of a stream ends: with the stream, or because too much has piled up of what waits to be written. */
export type PumpEnd = "ended" | "behind";

export class LogPump {
  readonly lastLines: LastLines;
  /** The beginning of a line whose rest has not come. */
  #unfinished: OutputLines | undefined;
  /** Of a line too long to be handed over whole: how many pieces are out. */
  readonly #piecesOut: Streams<number> = { stdout: 0, stderr: 0 };
  /** Lines that came while too much had piled up, and could not be had later. */
  #dropped = 0;
  #isDropping = false;
  /** What is being read now. */
  #chunk: Uint8Array | undefined;
  #chunks = 0;
  #isWaiting = false;
  /** How the engine's log is being read. */
  #log:
    | {
      readonly lines: OutputLines;
      readonly track: LogTrack;
      readonly skip: LogSkip;
      readonly byStamp: boolean;
    }
    | undefined;

  constructor(readonly options: LogPumpOptions) {
    this.lastLines = new LastLines(options.counts);
    options.records.onReleased = () => void options.output.flush();
  }

  /** How many chunks have come; undefined while one is being dealt with. */
  get chunksRead(): number | undefined {
    return this.#isWaiting ? this.#chunks : undefined;
  }

  /** The engine's stamp of the last entry that has been read of its log. */
  get lastStamp(): Instant | undefined {
    return this.#log?.lines.lastStamp;
  }

  /** Where to go on in the engine's log; undefined as long as it has not been read up to where the live stream broke off. */
  get logStart(): LogStart | undefined {
    if (this.#log === undefined) return undefined;
    const { track, skip, byStamp } = this.#log;
    return byStamp || skip.isDone ? track.next(skip.isDone) : undefined;
  }

  /**
   * Pumps the live stream: "ended" when the container has ended and all its output is out, "behind" when the rest is
   * to be read from the engine's log. A last line that has no end is kept for `finish`.
   *
   * It waits for the reader of our output some milliseconds a piece at the most: an engine whose attached client is
   * slow holds the container up, and at its end throws away up to 1 MiB (engine 20.10 even in its own log). When too
   * much piles up it is "behind", and the engine's log, which waits for everybody, has to give the rest. Where
   * the engine has no log, lines are dropped, and counted, until the pile is gone.
   * @throws what the stream breaks off with
   */
  async pumpLive(
    stream: ReadableStream<Uint8Array>,
    canReadLog: () => Promise<boolean>,
  ): Promise<PumpEnd> {
    const { clock, output, terminal } = this.options;
    this.#log = undefined;
    this.#unfinished = new OutputLines({ terminal, stamped: false }, (name, line) => {
      if (this.#isDropping) this.#drop(name, line);
      else this.#write(name, line, clock.following());
    });
    try {
      return await this.#pump(stream, this.#unfinished, async (written) => {
        if (this.#isDropping) return this.#endDropping(HIGH_WATER_BYTES);
        if (output.waitingBytes > SLOW_DOWN_BYTES) await within(SLOW_DOWN_MS, written);
        if (output.waitingBytes <= PILE_LIMIT_BYTES) return;
        if (await canReadLog()) return "behind";
        this.#isDropping = true;
      });
    } finally {
      this.#endDropping(Infinity);
    }
  }

  /** Nothing more comes: what there is of a last line is a line. */
  async finish(): Promise<void> {
    this.#unfinished?.end();
    this.#unfinished = undefined;
    this.options.records.end();
    await this.options.output.flush();
  }

  /**
   * Goes on with the engine's log behind the last line that is out.
   * `start`: where the log was asked to begin; undefined if it goes back to the container's start.
   */
  async pumpLog(stream: ReadableStream<Uint8Array>, start: LogStart | undefined): Promise<PumpEnd> {
    const { clock, output, terminal } = this.options;
    const track = new LogTrack(start ?? LOG_BEGINNING);
    const skip = start === undefined
      ? new CountSkip(this.lastLines)
      : new StampSkip(start, () => this.#warnOfGap());
    const byStamp = start !== undefined;
    const piecesOut = { ...this.#piecesOut };
    // What is cut comes again, whole.
    const lines = new OutputLines({ terminal, stamped: true }, (name, line) => {
      const isOut = skip.isOut(name, line);
      if (line.stamp !== undefined && !line.unfinished && !(isOut && byStamp)) track.note(name, line.stamp);
      if (isOut) return;
      const isPieceOut = line.unfinished && piecesOut[name]-- > 0;
      if (!line.unfinished) piecesOut[name] = 0;
      if (!isPieceOut) this.#write(name, line, line.stamp ?? clock.following());
    });
    this.#log = { lines, track, skip, byStamp };
    this.#unfinished = lines;
    return await this.#pump(stream, lines, async (written) => {
      if (output.waitingBytes > HIGH_WATER_BYTES) await written;
    });
  }

  async #pump(
    stream: ReadableStream<Uint8Array>,
    lines: OutputLines,
    afterChunk: (written: Promise<void>) => Promise<"behind" | void>,
  ): Promise<PumpEnd> {
    const { clock, output, records, onBegin } = this.options;
    // Lines that wait for others to be joined with are not out.
    const queued = (name: OutputStream) => this.lastLines.count(name) - records.heldLines(name);
    onBegin?.(() => ({ stdout: queued("stdout"), stderr: queued("stderr") }));
    try {
      this.#isWaiting = true;
      for await (const chunk of stream) {
        this.#isWaiting = false;
        this.#chunks++;
        clock.look();
        this.#chunk = chunk;
        lines.push(chunk);
        this.lastLines.settle();
        // What still waits to be written is not waited for: its reader may have stalled.
        if (await afterChunk(output.flush()) === "behind") return "behind";
        this.#isWaiting = true;
      }
    } catch (error) {
      // Not waited for either.
      void output.flush();
      throw error;
    } finally {
      this.#isWaiting = false;
    }
    await output.flush();
    return "ended";
  }

  #write(name: OutputStream, line: OutputLine, instant: Instant): void {
    const { bytes, from, to, unfinished } = line;
    this.options.records.write(name, bytes, { from, to, unfinished, instant });
    this.#piecesOut[name] = unfinished ? this.#piecesOut[name] + 1 : 0;
    this.#note(name, line, instant);
  }

  #note(name: OutputStream, line: OutputLine, instant: Instant): void {
    // A line that came in several chunks is in the splitter's own buffer, which the next such line overwrites.
    if (!line.unfinished) this.lastLines.note(name, line, instant, line.bytes === this.#chunk);
  }

  #drop(name: OutputStream, line: OutputLine): void {
    if (!line.unfinished) this.#dropped++;
    this.#note(name, line, this.options.clock.following());
  }

  /** If no more than so much waits to be written. */
  #endDropping(limitBytes: number): void {
    if (!this.#isDropping || this.options.output.waitingBytes > limitBytes) return;
    const message = `${this.#dropped} lines are missing here: they came faster than they could be written, ` +
      "and the container's log driver keeps none to read them from later";
    this.options.logger.log({
      severity: "warn",
      source: "docker",
      message,
      data: { "lines_dropped": this.#dropped },
    });
    this.#isDropping = false;
    this.#dropped = 0;
  }

  #warnOfGap(): void {
    const message =
      "Lines may be missing or come twice here: the engine's log does not go back to the last line " +
      "that is out";
    this.options.logger.log({ severity: "warn", source: "docker", message });
  }
}
