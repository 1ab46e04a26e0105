/**
 * The container's output → records, one a line.
 * In: the live stream, attached before the start; where that breaks off, the engine's log.
 * Out: each line once, in the order of its stream. A line is *out* when it has been handed to the output queue.
 */
import type { LineRecords } from "../../logging/line_records.ts";
import type { Instant, Logger } from "../../logging/log_record.ts";
import type { OutputStream } from "../../host/host.ts";
import type { OutputQueue } from "../../logging/output_queue.ts";
import type { RisingClock } from "../../logging/rising_clock.ts";
import { LastLines } from "./last_lines.ts";
import type { LineCounts } from "./log_position.ts";
import { type OutputLine, OutputLines, type Streams } from "./output_lines.ts";
import { CountedReading, type LogReading, type Resume, StampedReading } from "./resume.ts";
import { within } from "../../host/pause.ts";

/** If more than this waits to be written, the engine's log is not read on before all of it is written. */
const HIGH_WATER_BYTES = 256 * 1024;
/** If more than this waits to be written, there is a pause before each further chunk of the live stream. */
const SLOW_DOWN_BYTES = 512 * 1024;
/** A chunk has up to 64 KiB, so that the engine can still send 12 MiB a second. */
const SLOW_DOWN_MS = 5;
/** How much of the live stream may wait to be written, as records. */
const PILE_LIMIT_BYTES = 128 * 1024 * 1024;

export interface LogPumpOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  readonly records: LineRecords;
  readonly clock: RisingClock;
  readonly output: OutputQueue;
  /** For what the pump itself has to say, such as that lines are missing. */
  readonly logger: Logger;
  /** How many lines another process has written before this one; none if not given. */
  readonly counts?: LineCounts;
  /** Called when a stream is begun, with a function that tells at any time how many lines are out. */
  readonly onBegin?: (counts: () => LineCounts) => void;
}

/** "ended": the stream is over. "behind": too much waits to be written, the rest has to come from the engine's log. */
export type PumpEnd = "ended" | "behind";

/** Pumps one container's output, one stream after the other, and knows at any time which lines are out. */
export class LogPump {
  readonly lastLines: LastLines;
  /** Cuts the current stream into lines, and keeps the beginning of a line whose rest has not come. */
  #lines: OutputLines | undefined;
  /** How many pieces are out of a line that is too long to be handed over whole. */
  readonly #piecesOut: Streams<number> = { stdout: 0, stderr: 0 };
  /** Set while lines are thrown away, because too much waits to be written and there is no log to read them from. */
  #isDropping = false;
  /** How many lines have been thrown away since then. */
  #dropped = 0;
  /** The chunk that is being cut into lines. */
  #chunk: Uint8Array | undefined;
  #chunks = 0;
  /** Set while the next chunk is waited for. */
  #isWaiting = false;
  /** Undefined while the current stream is the live one. */
  #reading: LogReading | undefined;

  constructor(readonly options: LogPumpOptions) {
    this.lastLines = new LastLines(options.counts);
    options.records.onReleased = () => void options.output.flush();
  }

  /** How many chunks have come; undefined while one is worked on, for as long as the reader of our output takes. */
  get chunksRead(): number | undefined {
    return this.#isWaiting ? this.#chunks : undefined;
  }

  /** Whether the current stream is the live one, not the engine's log, which may take long to be read again. */
  get isLive(): boolean {
    return this.#reading === undefined;
  }

  /** The engine's stamp of the last line that has been read of its log. */
  get lastStamp(): Instant | undefined {
    return this.#lines?.lastStamp;
  }

  /** How much has been read of lines whose line break has not come. */
  get openBytes(): number {
    return this.#lines?.openBytes ?? 0;
  }

  /** Where to resume the engine's log; undefined until it has been read up to where the live stream broke off. */
  get resume(): Resume | undefined {
    return this.#reading?.resume;
  }

  /**
   * Pumps the live stream, which ends with the container; a last line without a line break is kept for `finish`.
   *
   * If our output is read slowly, the stream is read hardly slower: an engine whose attached client is slow holds the
   * container up, and throws away up to 1 MiB when the container ends (engine 20.10 even in its own log). When too much
   * waits, the pump is "behind": the engine's log can be read as slowly as need be. Where the engine has no log, lines
   * are dropped, and counted, until what waits has been written.
   * @throws what the stream breaks off with
   */
  async pumpLive(
    stream: ReadableStream<Uint8Array>,
    canReadLog: () => Promise<boolean>,
  ): Promise<PumpEnd> {
    const { clock, output, terminal } = this.options;
    this.#reading = undefined;
    const lines = new OutputLines({ terminal, stamped: false }, (name, line) => {
      if (this.#isDropping) this.#drop(name, line);
      else this.#write(name, line, clock.following());
    });
    try {
      return await this.#pump(stream, lines, async (written) => {
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

  /** To be called when nothing more comes: hands over a last line without a line break, and waits for the output. */
  async finish(): Promise<void> {
    this.#lines?.end();
    this.#lines = undefined;
    this.options.records.end();
    await this.options.output.flush();
  }

  /**
   * Pumps the engine's log from behind the last line that is out to the container's end.
   * `resume`: from where the stream brings the log; undefined: from the container's start.
   * @throws what the stream breaks off with
   */
  async pumpLog(stream: ReadableStream<Uint8Array>, resume: Resume | undefined): Promise<void> {
    const { clock, output, terminal } = this.options;
    const reading = resume === undefined
      ? new CountedReading(this.lastLines)
      : new StampedReading(resume, () => this.#warnOfGap());
    this.#reading = reading;
    // A line of which some pieces are out comes from its beginning once more.
    const piecesOut = { ...this.#piecesOut };
    const lines = new OutputLines({ terminal, stamped: true }, (name, line) => {
      if (reading.isOut(name, line)) return;
      const isPieceOut = line.unfinished && piecesOut[name]-- > 0;
      if (!line.unfinished) piecesOut[name] = 0;
      if (!isPieceOut) this.#write(name, line, line.stamp ?? clock.following());
    });
    await this.#pump(stream, lines, async (written) => {
      if (output.waitingBytes > HIGH_WATER_BYTES) await written;
    });
  }

  async #pump(
    stream: ReadableStream<Uint8Array>,
    lines: OutputLines,
    afterChunk: (written: Promise<void>) => Promise<"behind" | void>,
  ): Promise<PumpEnd> {
    const { clock, output, records, onBegin } = this.options;
    this.#lines = lines;
    // Lines that wait to be joined with others are not out.
    const out = (name: OutputStream) => this.lastLines.count(name) - records.heldLines(name);
    onBegin?.(() => ({ stdout: out("stdout"), stderr: out("stderr") }));
    try {
      this.#isWaiting = true;
      for await (const chunk of stream) {
        this.#isWaiting = false;
        this.#chunks++;
        clock.look();
        this.#chunk = chunk;
        lines.push(chunk);
        this.lastLines.settle();
        // Here and after an error the output is not waited for: its reader may have stalled, and the caller has to act.
        if (await afterChunk(output.flush()) === "behind") return "behind";
        this.#isWaiting = true;
      }
    } catch (error) {
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

  /** Stops dropping if no more than `limitBytes` wait to be written, and says how many lines are missing. */
  #endDropping(limitBytes: number): void {
    if (!this.#isDropping || this.options.output.waitingBytes > limitBytes) return;
    const message = `${this.#dropped} lines are missing here: they came faster than they could be written, ` +
      "and the container's log driver keeps none to read them from later";
    const data = { "lines_dropped": this.#dropped };
    this.options.logger.log({ severity: "warn", source: "docker", message, data });
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
