/**
 * How far a container's log is out, kept in a file so that it outlives this process: for `adopt: true`.
 * The file is one short line, `CONTAINER_ID STDOUT_LINES STDERR_LINES`, overwritten in place.
 */
import type { Host, RecordFile } from "../host/host.ts";
import type { Stream } from "../logging/log_record.ts";

const FILE_NAME = "log_position";
/** Enough for an id and two large numbers; always the same, so that nothing of an older line stays behind. */
const RECORD_BYTES = 128;

export type LineCounts = Readonly<Record<Stream, number>>;

export class LogPosition {
  private constructor(readonly file: RecordFile, readonly containerId: string) {}

  static open(folder: string, containerId: string, host: Host): LogPosition {
    return new LogPosition(host.openRecord(`${folder}/${FILE_NAME}`), containerId);
  }

  /** What an earlier process has kept for this container; undefined if there is nothing of the kind. */
  static async read(folder: string, containerId: string, host: Host): Promise<LineCounts | undefined> {
    const file = await host.readFile(`${folder}/${FILE_NAME}`, RECORD_BYTES);
    if (file.kind !== "content") return undefined;
    const [id, stdout, stderr] = new TextDecoder().decode(file.bytes).trim().split(" ");
    const counts = { stdout: Number(stdout), stderr: Number(stderr) };
    return id === containerId && counts.stdout >= 0 && counts.stderr >= 0 ? counts : undefined;
  }

  save({ stdout, stderr }: LineCounts): void {
    this.file.write(`${this.containerId} ${stdout} ${stderr}`.padEnd(RECORD_BYTES - 1) + "\n");
  }
}
