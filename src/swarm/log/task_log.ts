/**
 * The log of one task: what the engine gives out of it → records.
 * In: chunks, of one reading after the other; what a reading brings may have come before. Out: each line as a record,
 * once, in the order of its stream; and, at any time, up to where that is.
 */
import { stampedEntries } from "../../engine/log/log_entries.ts";
import { FrameDemultiplexer } from "../../engine/log/log_frames.ts";
import { TerminalLog } from "../../engine/log/terminal_log.ts";
import type { OutputStream } from "../../host/host.ts";
import type { LineRecords, LogOptions } from "../../logging/line_records.ts";
import type { Instant } from "../../logging/log_record.ts";
import { LastLines } from "../../supervisor/log/last_lines.ts";
import { compareInstants } from "../../supervisor/log/resume.ts";
import { type LinePoint, type StreamPosition, type TaskLine, TaskStream } from "./task_stream.ts";

/**
 * The engine stamps a line, and writes it to its log a moment later: a line of the one stream may stand behind one of the
 * other that has a newer stamp, by as much as this.
 */
const DISORDER_SECONDS = 1;
/** The end of a line that has been begun longer ago is not waited for. */
const LONGEST_LINE_MS = 3_600_000;

/** Up to where a task's log is out. */
export interface TaskPosition {
  readonly stdout: StreamPosition;
  readonly stderr: StreamPosition;
}

export interface TaskLogOptions {
  /** Whether the task has a TTY. */
  readonly terminal: boolean;
  readonly position: TaskPosition;
  readonly records: LineRecords;
  /** Called when the engine's log turns out not to have a line that it has to have. */
  readonly onGap: () => void;
}

export class TaskLog {
  readonly lastLines = new LastLines();
  readonly #streams: Readonly<Record<OutputStream, TaskStream>>;
  /** Of a stream of which lines are held back, to be joined with others: the last line before them. */
  readonly #beforeHeld: Record<OutputStream, LinePoint | undefined> = {
    stdout: undefined,
    stderr: undefined,
  };
  #records: LineRecords;
  #push: (chunk: Uint8Array) => void = () => {};
  /** The bytes that are being cut into lines. */
  #bytes: Uint8Array | undefined;

  constructor(readonly options: TaskLogOptions) {
    const { terminal, position, records, onGap } = options;
    this.#records = records;
    const stream = (name: OutputStream) =>
      new TaskStream({
        terminal,
        position: position[name],
        onGap,
        onLine: (bytes, line) => this.#write(name, bytes, line),
      });
    this.#streams = { stdout: stream("stdout"), stderr: stream("stderr") };
  }

  /** How many lines have come that were not out. */
  get lines(): number {
    return this.lastLines.count("stdout") + this.lastLines.count("stderr");
  }

  /** Whether lines are held back, so that `position` may move on without another line. */
  get isHolding(): boolean {
    return this.#records.heldLines("stdout") > 0 || this.#records.heldLines("stderr") > 0;
  }

  /** From which moment on a reading has to have the log; undefined: from its beginning. */
  get since(): Instant | undefined {
    const [stdout, stderr] = [this.#streams.stdout.position, this.#streams.stderr.position];
    const since = sinceOf(stdout.point?.stamp, stderr.point?.stamp);
    const longAgo = Date.now() - LONGEST_LINE_MS;
    const open = [stdout.open, stderr.open].filter((stamp) => stamp && stamp.seconds * 1000 > longAgo);
    return since && [since, ...open as Instant[]].sort(compareInstants)[0];
  }

  /** Up to where the records are in the output queue or beyond. */
  get position(): TaskPosition {
    const reached = (name: OutputStream) => {
      const { position } = this.#streams[name];
      return this.#records.heldLines(name) === 0 ? position : { ...position, point: this.#beforeHeld[name] };
    };
    return { stdout: reached("stdout"), stderr: reached("stderr") };
  }

  /** Other records from now on, as the names of the task are others. */
  replaceRecords(records: LineRecords): void {
    this.#records.end();
    this.#records = records;
  }

  configure(logs: LogOptions): void {
    this.#records.configure(logs);
  }

  /** Chunks of another reading follow, which has all lines from `since` on; undefined: all there are. */
  begin(since: Instant | undefined): void {
    this.#streams.stdout.begin(since);
    this.#streams.stderr.begin(since);
    const onEntry = (stream: OutputStream, bytes: Uint8Array, from: number, to: number, stamp?: Instant) => {
      this.#bytes = bytes;
      this.#streams[stream].push(bytes, from, to, stamp);
    };
    if (this.options.terminal) {
      const log = new TerminalLog(onEntry);
      this.#push = (chunk) => log.push(chunk, 0, chunk.length);
    } else {
      const frames = new FrameDemultiplexer(stampedEntries(onEntry));
      this.#push = (chunk) => frames.push(chunk);
    }
  }

  /** Takes a chunk. @throws Error with the engine's words, if the engine reports that the log itself failed */
  push(chunk: Uint8Array): void {
    try {
      this.#push(chunk);
    } finally {
      this.#settle();
    }
  }

  /** Nothing more comes: writes what the task has left without a line break, and what is held back. */
  end(): void {
    this.#streams.stdout.end();
    this.#streams.stderr.end();
    this.#settle();
    this.release();
  }

  /** Writes what is held back. */
  release(): void {
    this.#records.end();
  }

  /** The bytes that came last become others. */
  #settle(): void {
    this.#bytes = undefined;
    this.lastLines.settle();
  }

  #write(name: OutputStream, bytes: Uint8Array, line: TaskLine): void {
    const { from, to, unfinished, instant, before } = line;
    this.#records.write(name, bytes, line);
    if (this.#records.heldLines(name) === 1) this.#beforeHeld[name] = before;
    if (unfinished) return;
    // A line that came in several pieces is in the splitter's own buffer, which the next such line overwrites.
    this.lastLines.note(name, { bytes, from, to }, instant, bytes === this.#bytes);
  }
}

/** From where on a log is read whose streams have come to these stamps; undefined where neither has a line. */
function sinceOf(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || other === undefined) return earlier(one ?? other);
  const [older, newer] = compareInstants(one, other) < 0 ? [one, other] : [other, one];
  return [older, earlier(newer)!].sort(compareInstants)[1];
}

function earlier(stamp: Instant | undefined): Instant | undefined {
  return stamp && { seconds: stamp.seconds - DISORDER_SECONDS, nanos: stamp.nanos };
}
