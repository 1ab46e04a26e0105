/**
 * The container's output → records.
 * In: the attached stream, opened before the start. Out: one record a line, in the order of arrival.
 */
import { FrameDemultiplexer } from "../engine/log_frames.ts";
import type { LineRecords } from "../logging/line_records.ts";
import type { Stream } from "../logging/log_record.ts";
import type { OutputQueue } from "../logging/output_queue.ts";
import type { RisingClock } from "../logging/rising_clock.ts";
import { LineSplitter } from "./line_splitter.ts";

/** Longer lines become several records, see `LineRecords.write`. */
const LINE_LIMIT_BYTES = 1024 * 1024;
/** With more than this not yet written, the next chunk is read only when the writer has caught up. */
const HIGH_WATER_BYTES = 256 * 1024;

export interface LogPumpOptions {
  /** Whether the container has a TTY: its output then is one raw stream. */
  readonly terminal: boolean;
  readonly records: LineRecords;
  readonly clock: RisingClock;
  readonly output: OutputQueue;
}

/**
 * Pumps until the stream ends, which it does when the container has ended and all its output is out.
 * @throws whatever ends the stream early; the lines before that are out
 */
export async function pumpLog(stream: ReadableStream<Uint8Array>, options: LogPumpOptions): Promise<void> {
  const { terminal, records, clock, output } = options;
  const splitters = { stdout: splitter("stdout"), stderr: splitter("stderr") };
  const frames = new FrameDemultiplexer((name, bytes, from, to) => splitters[name].push(bytes, from, to));
  try {
    for await (const chunk of stream) {
      clock.look();
      if (terminal) splitters.stdout.push(chunk, 0, chunk.length);
      else frames.push(chunk);
      const written = output.flush();
      if (output.waitingBytes > HIGH_WATER_BYTES) await written;
    }
  } finally {
    splitters.stdout.end();
    splitters.stderr.end();
    await output.flush();
  }

  function splitter(name: Stream): LineSplitter {
    return new LineSplitter({ limitBytes: LINE_LIMIT_BYTES, terminal }, (bytes, from, to, unfinished) => {
      records.write(name, bytes, { from, to, unfinished, instant: clock.following() });
    });
  }
}
