/**
 * Reading the log of one task, from its beginning, or where an earlier process has left off, to its last line.
 * In: what is seen of the task and its node. Out: records; a reading that goes on as long as something may come.
 */
import type { Instant } from "../../logging/log_record.ts";
import { TIMES } from "./follow_times.ts";
import { type FollowOptions, LogFollow, type OpenLog, type Rest } from "./log_follow.ts";
import { TaskLog, type TaskLogOptions } from "./task_log.ts";

/** What is seen of a task. */
export interface SeenTask {
  readonly hasEnded: boolean;
  /** Whether its node can be reached. */
  readonly isReachable: boolean;
}

export interface TaskReaderOptions extends TaskLogOptions, Pick<FollowOptions, "onTrouble" | "times"> {
  /** Opens the log; undefined where there is none any more. */
  readonly open: (
    since: Instant | undefined,
    signal: AbortSignal,
  ) => Promise<ReadableStream<Uint8Array> | undefined>;
  /** Called when records of a chunk have been handed over; yields a rest if that is enough for now. */
  readonly afterChunk: () => Promise<Rest | undefined>;
  /** Called when the task has ended, and all that it has written has been handed over. */
  readonly onDone: () => void;
}

export class TaskReader {
  readonly log: TaskLog;
  readonly #follow: LogFollow;
  /** Since when it is known that the task has ended. */
  #endedAtMs: number | undefined;
  /** When its node was last seen not to be reached, or to be back. */
  #awayAtMs = -Infinity;
  #isAway = false;
  #finishing: Promise<void> | undefined;
  #isDone = false;

  constructor(readonly options: TaskReaderOptions) {
    this.log = new TaskLog(options);
    const { onTrouble, times } = options;
    this.#follow = new LogFollow({
      open: (signal) => this.#open(signal),
      take: (chunk) => this.#take(chunk),
      countLines: () => this.log.lines,
      onTrouble,
      ...(times && { times }),
    });
    this.#follow.start();
  }

  /** Whether the task has ended, and all that it has written has been handed over. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the engine has said that there is no such log. */
  get isOver(): boolean {
    return this.#follow.isOver && this.#finishing === undefined;
  }

  /** For how long nothing has come, though it could. */
  get quietMs(): number {
    return this.#follow.quietMs;
  }

  /** To be called again and again. */
  see({ hasEnded, isReachable }: SeenTask): void {
    if (!isReachable || this.#isAway) this.#awayAtMs = performance.now();
    this.#isAway = !isReachable;
    if (!hasEnded || this.#finishing !== undefined) return;
    if (this.#endedAtMs === undefined) {
      this.#endedAtMs = performance.now();
      this.disturb();
    }
    const { lastLinesMs } = { ...TIMES, ...this.options.times };
    const hasAll = this.#follow.askedAtMs > Math.max(this.#endedAtMs, this.#awayAtMs);
    if (hasAll && this.#follow.quietMs >= lastLinesMs) this.#finishing = this.#finish();
  }

  /** What is being read may have fallen silent. */
  disturb(): void {
    this.#follow.disturb();
  }

  /** Reads no more. What has come is written; of a task that `hasEnded` also a last line without a line break. */
  async close(hasEnded = this.#endedAtMs !== undefined): Promise<void> {
    await this.#finishing;
    await this.#follow.close();
    if (hasEnded) this.log.end();
    else this.log.release();
  }

  async #finish(): Promise<void> {
    await this.#follow.close();
    this.log.end();
    this.#isDone = true;
    this.options.onDone();
  }

  async #open(signal: AbortSignal): Promise<OpenLog | undefined> {
    const { since } = this.log;
    const stream = await this.options.open(since, signal);
    return stream && { stream, begin: () => this.log.begin(since) };
  }

  async #take(chunk: Uint8Array): Promise<Rest | undefined> {
    try {
      this.log.push(chunk);
    } catch (error) {
      await this.options.afterChunk();
      throw error;
    }
    return await this.options.afterChunk();
  }
}
