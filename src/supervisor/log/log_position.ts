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

export interface StdoutAccess {
  readonly host: Pick<Host, "writeStdout" | "writeStdoutSync">;
  /** Whether standard output takes 4096 bytes at once. */
  readonly stdoutIsWritable: () => boolean;
}

/**
 * Writes what an output queue hands over to standard output, and has kept how far the log is out by then.
 * For a short piece that is kept first, and then it is written in one go: there is next to no time between the two in
 * which this process could be killed. The other way round there would be, as the write wakes the reader of the journal,
 * who may well get the processor before us.
 * A long piece may be written half-way for a while, so it is kept at its end: better repeated than lost.
 *
 * `look` yields how far the log is in the queue or beyond; `keep` is given that when it is out.
 */
export function keepingWrite<T>(
  { host, stdoutIsWritable }: StdoutAccess,
  { look, keep }: { readonly look: () => T; readonly keep: (reached: T) => void },
): (bytes: Uint8Array, isLast: boolean) => Promise<void> {
  // While something is written in several pieces: what there was when its first piece was handed over.
  let pending: { readonly reached: T } | undefined;
  return async (bytes, isLast) => {
    const { reached } = pending ?? { reached: look() };
    pending = isLast ? undefined : { reached };
    if (isLast && bytes.length <= SHORT_BYTES && stdoutIsWritable()) {
      keep(reached);
      host.writeStdoutSync(bytes);
    } else {
      await host.writeStdout(bytes);
      if (isLast) keep(reached);
    }
  };
}

/** Writes standard output, and keeps in a file how many of the container's lines have been written. */
export class LogPosition {
  /** For the output queue. */
  readonly write: (bytes: Uint8Array, isLast: boolean) => Promise<void>;
  readonly #file: RecordFile;
  #containerId = "";
  #counts: () => LineCounts = () => ({ stdout: 0, stderr: 0 });

  /** `folder`: the unit's own, which lasts until the unit is stopped. */
  constructor(readonly folder: RuntimeFolder, stdout: StdoutAccess) {
    this.#file = folder.record(FILE_NAME);
    this.write = keepingWrite(stdout, { look: () => this.#counts(), keep: (counts) => this.#save(counts) });
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

  #save({ stdout, stderr }: LineCounts): void {
    this.#file.write(`${this.#containerId} ${stdout} ${stderr}`.padEnd(RECORD_BYTES - 1) + "\n");
  }
}
