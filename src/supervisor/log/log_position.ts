/**
 * How far a container's log is out, kept in a file so that it outlives this process: for `adopt: true`.
 * The file is one short line, `CONTAINER_ID STDOUT_LINES STDERR_LINES`, overwritten in place.
 */
import type { Host, OutputStream, RecordFile } from "../../host/host.ts";
import type { RuntimeFolder } from "../../host/runtime_folder.ts";

const FILE_NAME = "log_position";
/** Enough for an id and two large numbers; the line always fills it, so that nothing is left of a longer one. */
const RECORD_BYTES = 128;
/** A pipe that poll(2) calls writable takes this much at once (PIPE_BUF). */
const SHORT_BYTES = 4096;

/** How many lines of each stream are out. */
export type LineCounts = Readonly<Record<OutputStream, number>>;

export interface LogPositionOptions {
  readonly host: Host;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
}

/** Writes standard output, and keeps in a file how many of the container's lines have been written. */
export class LogPosition {
  readonly #file: RecordFile;
  #containerId = "";
  /** While something is written in several pieces: the counts when its first piece was handed over. */
  #pending: LineCounts | undefined;
  #counts: () => LineCounts = () => ({ stdout: 0, stderr: 0 });

  /** `folder`: the unit's own, which lasts until the unit is stopped. */
  constructor(readonly folder: RuntimeFolder, readonly options: LogPositionOptions) {
    this.#file = folder.record(FILE_NAME);
  }

  /** What an earlier process has kept for this container; undefined if there is nothing, or it is of another one. */
  async read(containerId: string): Promise<LineCounts | undefined> {
    const text = await this.folder.read(FILE_NAME, RECORD_BYTES);
    const [id, stdout, stderr] = text?.trim().split(" ") ?? [];
    const counts = { stdout: Number(stdout), stderr: Number(stderr) };
    return id === containerId && counts.stdout >= 0 && counts.stderr >= 0 ? counts : undefined;
  }

  /** From now on the lines of this container are counted; `counts`: how many of them are in the output queue or beyond. */
  follow(containerId: string, counts: () => LineCounts): void {
    this.#containerId = containerId;
    this.#counts = counts;
    this.#save(counts());
  }

  /**
   * Writes what the output queue hands over.
   * For a short piece the counts are saved first, and then it is written in one go: there is next to no time between
   * the two in which this process could be killed. The other way round there would be, as the write wakes the reader
   * of the journal, who may well get the processor before us.
   * A long piece may be written half-way for a while, so its counts are saved at its end: better repeated than lost.
   */
  async write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    const { host, stdoutIsWritable } = this.options;
    const counts = this.#pending ?? this.#counts();
    this.#pending = isLast ? undefined : counts;
    if (isLast && bytes.length <= SHORT_BYTES && stdoutIsWritable()) {
      this.#save(counts);
      host.writeStdoutSync(bytes);
    } else {
      await host.writeStdout(bytes);
      if (isLast) this.#save(counts);
    }
  }

  #save({ stdout, stderr }: LineCounts): void {
    this.#file.write(`${this.#containerId} ${stdout} ${stderr}`.padEnd(RECORD_BYTES - 1) + "\n");
  }
}
