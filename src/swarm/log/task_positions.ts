/**
 * Up to where the logs of a service's tasks are out, kept in a file so that it outlives this process.
 * The file has lines of the same length, each overwritten in place by a single write: first the service's id, then one
 * for each task, `TASK STDOUT STDERR`, and `done` if nothing more will come of it, e.g.
 * `x5k… 1795361658.123456789/1+- -+- done`. A task keeps its line.
 */
import type { RecordFile } from "../../host/host.ts";
import type { RuntimeFolder } from "../../host/runtime_folder.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { TaskPosition } from "./task_log.ts";
import type { LinePoint, StreamPosition } from "./task_stream.ts";

const FILE_NAME = "task_log_positions";
/** Enough for an id and large numbers. */
const LINE_BYTES = 192;
const LIMIT_BYTES = 4 * 1024 * 1024;
const MODE = 0o600;

/** What is kept of a task. */
export interface KeptTask {
  readonly taskId: string;
  readonly position: TaskPosition;
  /** Whether it has ended, and all that it has written is out. */
  readonly isDone: boolean;
}

export class TaskPositions {
  readonly #file: RecordFile;
  /** In which line each task is. */
  readonly #lines = new Map<string, number>();
  readonly #free: number[] = [];

  private constructor(folder: RuntimeFolder) {
    this.#file = folder.record(FILE_NAME);
  }

  /**
   * `kept`: what an earlier process has kept of this service's tasks; undefined if there is nothing, or it is of another
   * service. `folder`: the unit's own.
   */
  static async open(
    folder: RuntimeFolder,
    serviceId: string,
  ): Promise<{ positions: TaskPositions; kept: readonly KeptTask[] | undefined }> {
    const [head = "", ...lines] = (await folder.read(FILE_NAME, LIMIT_BYTES))?.split("\n") ?? [];
    const kept = head.trim() === serviceId ? readLines(lines) : undefined;
    const positions = new TaskPositions(folder);
    // Nothing is left of what else the file has had.
    const texts = (kept ?? []).map((task, index) => {
      positions.#lines.set(task.taskId, index + 1);
      return write(task);
    });
    folder.replace(FILE_NAME, [serviceId, ...texts].map(padded).join(""), { mode: MODE });
    return { positions, kept };
  }

  put(task: KeptTask): void {
    let line = this.#lines.get(task.taskId);
    if (line === undefined) {
      line = this.#free.pop() ?? this.#lines.size + 1;
      this.#lines.set(task.taskId, line);
    }
    this.#file.write(padded(write(task)), line * LINE_BYTES);
  }

  drop(taskId: string): void {
    const line = this.#lines.get(taskId);
    if (line === undefined) return;
    this.#lines.delete(taskId);
    this.#free.push(line);
    this.#file.write(padded(""), line * LINE_BYTES);
  }
}

function readLines(lines: readonly string[]): KeptTask[] {
  return lines.flatMap((line) => {
    const [taskId = "", stdout = "", stderr, done] = line.trim().split(" ");
    if (stderr === undefined) return [];
    return [{
      taskId,
      position: { stdout: readStream(stdout), stderr: readStream(stderr) },
      isDone: done !== undefined,
    }];
  });
}

function padded(text: string): string {
  return `${text.slice(0, LINE_BYTES - 1).padEnd(LINE_BYTES - 1)}\n`;
}

function write({ taskId, position: { stdout, stderr }, isDone }: KeptTask): string {
  return `${taskId} ${writeStream(stdout)} ${writeStream(stderr)}${isDone ? " done" : ""}`;
}

function writeStream({ point, open }: StreamPosition): string {
  return `${writePoint(point)}+${open === undefined ? "-" : writeInstant(open)}`;
}

function readStream(text: string): StreamPosition {
  const [point = "", open = ""] = text.split("+");
  return { point: readPoint(point), open: readInstant(open) };
}

function writePoint(point: LinePoint | undefined): string {
  return point === undefined ? "-" : `${writeInstant(point.stamp)}/${point.count}`;
}

function readPoint(text: string): LinePoint | undefined {
  const [instant = "", count = ""] = text.split("/");
  const stamp = readInstant(instant);
  return stamp === undefined || !/^\d+$/.test(count) ? undefined : { stamp, count: Number(count) };
}

/** The nanoseconds are not written with leading zeros. */
function writeInstant({ seconds, nanos }: Instant): string {
  return `${seconds}.${nanos}`;
}

function readInstant(text: string): Instant | undefined {
  const [, seconds, nanos] = /^(-?\d+)\.(\d+)$/.exec(text) ?? [];
  return seconds === undefined ? undefined : { seconds: Number(seconds), nanos: Number(nanos) };
}
