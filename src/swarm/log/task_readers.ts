/** What the readers of all tasks of a service share: the engine, the output, what is told of them, their positions. */
import type { SwarmEngine } from "../../engine/swarm_engine.ts";
import { EngineError } from "../../errors.ts";
import type { LineRecords, LogOptions } from "../../logging/line_records.ts";
import type { Instant, LogEntry } from "../../logging/log_record.ts";
import type { KeepingContext } from "./keep_positions.ts";
import type { FollowTimes } from "./follow_times.ts";
import type { Rest } from "./log_follow.ts";
import type { KeptTask } from "./task_positions.ts";
import { TaskReader } from "./task_reader.ts";

/**
 * How much may wait to be written, as records. A manager keeps in its memory all that is not read of an open log, some
 * 100 MiB a second at worst: so it is read as fast as it comes, or closed.
 */
const PILE_LIMIT_BYTES = 32 * 1024 * 1024;
/** What happens again and again, or to many tasks at once, is told once. */
const QUIET_MS = 60_000;

export interface TaskReadersOptions {
  readonly swarm: Pick<SwarmEngine, "followTaskLog">;
  readonly context: KeepingContext;
  /** Those that are to be shorter than they are for a service. */
  readonly times?: Partial<FollowTimes>;
  /** 32 MiB if not given. */
  readonly pileLimitBytes?: number;
}

/** `data` of a task's records. */
export interface TaskNames {
  readonly task: string;
  readonly node: string;
}

/** A task to be read. */
export interface ReadTask {
  /** Whether it has a TTY. */
  readonly terminal: boolean;
  kept: KeptTask;
  names: TaskNames;
}

export class TaskReaders {
  /** Those whose position has moved, or may move, since it was taken. */
  readonly #moved = new Map<string, TaskReader>();
  readonly #toldAtMs = new Map<LogEntry["severity"], number>();
  /** Whether a log that is closed may not be there to be opened again. */
  isEnding = false;

  /** `onDone` is called when a task has ended, and all that it has written is out. */
  constructor(
    readonly options: TaskReadersOptions,
    public logs: LogOptions,
    readonly onDone: (task: KeptTask) => void,
  ) {}

  records(names: TaskNames): LineRecords {
    const { logger, output } = this.options.context;
    const records = logger.containerLines(this.logs, { ...names });
    records.onReleased = () => void output.flush();
    return records;
  }

  /** Begins to read a task where it was left. */
  read(task: ReadTask): TaskReader {
    const { kept: { taskId, position }, terminal, names } = task;
    const { context: { output }, times } = this.options;
    const note = () => void this.#moved.set(taskId, reader);
    const reader: TaskReader = new TaskReader({
      terminal,
      position,
      records: this.records(names),
      open: (since, signal) => this.#open(taskId, since, signal),
      afterChunk: () => {
        note();
        return this.#write();
      },
      // There may be nothing to write with which it could be kept.
      onDone: () =>
        void output.flush().then(() => this.onDone({ taskId, position: reader.log.position, isDone: true })),
      onGap: () => this.#tellGap(task.names),
      onTrouble: (error) => this.#tellTrouble(error),
      ...(times && { times }),
    });
    return reader;
  }

  /** The positions of those that have moved since the last call. */
  takeMoved(): KeptTask[] {
    const moved = [...this.#moved];
    this.#moved.clear();
    // What is held back is written later, without another line.
    for (const [taskId, reader] of moved) if (reader.log.isHolding) this.#moved.set(taskId, reader);
    return moved.map(([taskId, { log: { position }, isDone }]) => ({ taskId, position, isDone }));
  }

  /** Nothing is known of the task any more. */
  forget(taskId: string): void {
    this.#moved.delete(taskId);
  }

  async #open(
    taskId: string,
    since: Instant | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    try {
      return await this.options.swarm.followTaskLog(taskId, since, signal);
    } catch (error) {
      if (error instanceof EngineError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  async #write(): Promise<Rest | undefined> {
    const { context: { output, logger }, pileLimitBytes = PILE_LIMIT_BYTES } = this.options;
    logger.clock.look();
    const written = output.flush();
    if (output.waitingBytes <= pileLimitBytes) return undefined;
    if (this.isEnding) {
      await written;
      return undefined;
    }
    const message =
      "The tasks' lines come faster than they can be written: the rest comes from the engines' logs";
    this.#tell({ severity: "notice", source: "docker", message });
    return { over: written };
  }

  #tellTrouble(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      `The log of a task has broken off, and goes on behind its last line when it can be had: ${reason}`;
    this.#tell({ severity: "notice", source: "docker", message });
  }

  #tellGap({ task, node }: TaskNames): void {
    const message =
      `Lines of ${task} on ${node} may be missing here: the engine's log does not go back to the last ` +
      "line that is out";
    this.#tell({ severity: "warn", source: "docker", message, data: { task, node } });
  }

  /** Only what has not just been told. */
  #tell(entry: LogEntry): void {
    const sinceMs = performance.now() - (this.#toldAtMs.get(entry.severity) ?? -Infinity);
    this.#toldAtMs.set(entry.severity, performance.now());
    if (sinceMs > QUIET_MS) this.options.context.logger.log(entry);
  }
}
