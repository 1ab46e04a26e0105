/**
 * How far a container's log is out, kept in a file so that it outlives this process: for `adopt: true`.
 * The file is one short line, `CONTAINER_ID STDOUT_LINES STDERR_LINES`, overwritten in place.
 */
import type { Host, OutputStream, RecordFile } from "../../host/host.ts";
import type { RuntimeFolder } from "../../host/runtime_folder.ts";

const FILE_NAME = "log_position";
/** Enough for an id and two large numbers; always the same, so that nothing of an older line stays behind. */
const RECORD_BYTES = 128;
/** POSIX: a pipe that is writable takes as much at once. */
const SHORT_BYTES = 4096;

export type LineCounts = Readonly<Record<OutputStream, number>>;

export interface LogPositionOptions {
  readonly host: Host;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
}

/** Writes standard output, and keeps how far the log is out by it. */
export class LogPosition {
  readonly #file: RecordFile;
  #containerId = "";
  /** Of what is being written in several pieces: the counts when it was handed over. */
  #pending: LineCounts | undefined;
  #counts: () => LineCounts = () => ({ stdout: 0, stderr: 0 });

  /** `folder`: the unit's own, which lasts until the unit is stopped. */
  constructor(readonly folder: RuntimeFolder, readonly options: LogPositionOptions) {
    this.#file = folder.record(FILE_NAME);
  }

  /** What an earlier process has kept for this container; undefined if there is nothing of the kind. */
  async read(containerId: string): Promise<LineCounts | undefined> {
    const text = await this.folder.read(FILE_NAME, RECORD_BYTES);
    const [id, stdout, stderr] = text?.trim().split(" ") ?? [];
    const counts = { stdout: Number(stdout), stderr: Number(stderr) };
    return id === containerId && counts.stdout >= 0 && counts.stderr >= 0 ? counts : undefined;
  }

  /** From now on it is this container whose log is written; `counts`: its lines that have gone into the output queue. */
  follow(containerId: string, counts: () => LineCounts): void {
    this.#containerId = containerId;
    this.#counts = counts;
    this.#save(counts());
  }

  /**
   * Writes what the output queue hands over. A short piece is noted first: between a note and a write that does not
   * wait there is next to no time to be killed in. The other way round there would be, for whoever reads the journal
   * is woken by the write and may well take our place on the processor.
   * What may have to wait half-way is noted at its end: better repeated than lost.
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
