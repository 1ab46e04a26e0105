/**
 * The log of all tasks of a Swarm service → records, none lost and none twice.
 * In: the service's log as a manager has it, opened again and again; what is seen of tasks and nodes. Out: records with
 * `data.task` and `data.node`, and a file from which the next process goes on.
 *
 * Once the connection of a node has broken and is back, a log that is followed says nothing more of that node, without
 * a word (moby#33183); a newly opened one brings all. So it is opened anew when there is reason to, from behind the last
 * lines that are out, and what comes once more is left out. It is never read without being followed: that may fail for
 * good once a node's connection was broken.
 */
import type { SwarmEngine } from "../../engine/swarm_engine.ts";
import { EngineError } from "../../errors.ts";
import { pause } from "../../host/pause.ts";
import { RuntimeFolder } from "../../host/runtime_folder.ts";
import type { LogOptions } from "../../logging/line_records.ts";
import type { Instant } from "../../logging/log_record.ts";
import type { Context } from "../../supervisor/context.ts";
import { keepingWrite } from "../../supervisor/log/log_position.ts";
import { stateFolder } from "../../update/update_memory.ts";
import { type FollowTimes, LogFollow, type OpenLog } from "./log_follow.ts";
import { NodeHorizons } from "./node_horizons.ts";
import { type ReadingStart, readingStart } from "./reading_start.ts";
import { TaskPieces } from "./task_pieces.ts";
import { type KeptTask, TaskPositions } from "./task_positions.ts";
import { instantOf, type TaskNames, TaskRoster, type TasksAndNodes } from "./task_roster.ts";

/** If more than this waits to be written, the log is not read on before all of it is written. */
const HIGH_WATER_BYTES = 256 * 1024;
/** If so many lines have come since the log was opened, none are read again that need not be. */
const COSTLY_LINES = 500_000;
/** A task that has written before it was seen is looked for. */
const LOOK_TIMEOUT_MS = 5_000;
const LOOK_QUIET_MS = 100;
/** What breaks off again and again is told of once. */
const TROUBLE_QUIET_MS = 60_000;

export interface ServiceLogOptions {
  readonly swarm: Pick<SwarmEngine, "followServiceLog">;
  readonly service: { readonly id: string; readonly name: string };
  /** Whether this run has created the service: then all its lines are wanted. */
  readonly isNew: boolean;
  /** Whether the tasks have a TTY. */
  readonly terminal: boolean;
  readonly logs: LogOptions;
  /** Looks at the nodes and the service's tasks, also when it is removed. */
  readonly look: (signal: AbortSignal) => Promise<TasksAndNodes>;
  readonly context: Pick<Context, "host" | "logger" | "output" | "runtimeFolder" | "stdoutIsWritable">;
  readonly signal: AbortSignal;
  readonly times?: Partial<FollowTimes>;
}

export class ServiceLog {
  readonly #roster: TaskRoster;
  readonly #pieces: TaskPieces;
  readonly #horizons = new NodeHorizons();
  readonly #follow: LogFollow;
  #logs: LogOptions;
  /** How many lines there were when the current reading began; undefined before the first. */
  #linesBefore: number | undefined;
  #hasGap = false;
  #troubleAtMs = -Infinity;
  #chunkAtMs = performance.now();

  private constructor(
    readonly options: ServiceLogOptions,
    { positions, kept = [] }: Partial<OpenPositions>,
  ) {
    const { service: { name }, terminal, logs, context: { logger, output }, times } = options;
    this.#logs = logs;
    this.#roster = new TaskRoster({
      service: name,
      terminal,
      kept,
      records: (names) => {
        const records = logger.containerLines(this.#logs, { ...names });
        records.onReleased = () => void output.flush();
        return records;
      },
      onGap: (names) => this.#warnOfGap(names),
      onForgotten: (taskId) => positions?.drop(taskId),
    });
    this.#pieces = new TaskPieces({ terminal, roster: this.#roster, onMuted: () => this.#follow.disturb() });
    this.#follow = new LogFollow({
      open: (signal) => this.#open(signal),
      take: (chunk) => this.#take(chunk),
      onTrouble: (error) => this.#tellTrouble(error),
      ...(times && { times }),
    });
  }

  /**
   * Begins to read. A service that is there already is read on from where an earlier process has left off; if that is not
   * known, from now on.
   * @throws what `look` rejects with
   */
  static async open(options: ServiceLogOptions): Promise<ServiceLog> {
    const { isNew, look, signal, context } = options;
    const from = instantOf(Date.now());
    const seen = isNew ? undefined : await look(signal);
    const open = await openPositions(options);
    // From here on all that is written counts as out by what is kept.
    await context.output.flush();
    const log = new ServiceLog(options, open ?? {});
    if (seen !== undefined) log.#look(seen, open?.kept === undefined ? from : undefined);
    if (open !== undefined) log.#keepPositions(open.positions);
    log.#follow.start();
    return log;
  }

  /** To be called with what each look has shown. */
  setTasks(seen: TasksAndNodes): void {
    this.#look(seen);
  }

  /** Something has happened to this node, or it can not be known, as the events were cut (undefined). */
  noteNodeEvent(nodeId: string | undefined): void {
    this.#horizons.disturb(nodeId, Date.now());
    if (nodeId === undefined || this.#roster.isOn(nodeId)) this.#follow.disturb();
  }

  /** The last 20 lines of a task, each cut to 512 bytes. */
  lastLines(taskId: string): string[] {
    return this.#roster.get(taskId)?.log.lastLines.texts() ?? [];
  }

  /** Other options count from the next line on. */
  configure(logs: LogOptions): void {
    this.#logs = logs;
    for (const { log } of this.#roster.all) log.configure(logs);
  }

  /** Resolves when nothing has come for so long, though it could. @throws the signal's reason */
  async untilQuiet(ms: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const quietMs = this.#follow.isWaiting ? performance.now() - this.#chunkAtMs : 0;
      if (quietMs >= ms || this.#follow.isOver) return;
      await pause(Math.min(ms - quietMs, LOOK_QUIET_MS), signal);
    }
  }

  /** Reads no more; resolves when all that has been read is written, if the reader of our output takes it. */
  async close(): Promise<void> {
    await this.#follow.close();
    this.#roster.end();
    await this.options.context.output.flush();
  }

  #look(seen: TasksAndNodes, from?: Instant): void {
    const back = this.#horizons.look(seen.nodes, Date.now());
    this.#roster.look(seen, from);
    void this.options.context.output.flush();
    for (const id of back) this.noteNodeEvent(id);
  }

  #keepPositions(positions: TaskPositions): void {
    const { output, host, stdoutIsWritable } = this.options.context;
    const keep = (tasks: readonly KeptTask[]) => {
      for (const task of tasks) positions.put(task);
    };
    keep(
      [...this.#roster.all].map(({ taskId, nodeId, log: { position } }) => ({ taskId, nodeId, position })),
    );
    output.write = keepingWrite({ host, stdoutIsWritable }, { look: () => this.#pieces.takeMoved(), keep });
  }

  async #open(signal: AbortSignal): Promise<OpenLog | undefined> {
    const { swarm, service, isNew, look, context: { logger } } = this.options;
    this.#look(await look(signal));
    const nowMs = Date.now();
    const lines = logger.written.lines - (this.#linesBefore ?? Infinity);
    const start = this.#linesBefore === undefined && isNew
      ? undefined
      : readingStart(this.#roster.all, { horizons: this.#horizons, nowMs, isCostly: lines > COSTLY_LINES });
    try {
      const stream = await swarm.followServiceLog(service.id, start?.since, signal);
      return { stream, begin: () => this.#begin(start, nowMs) };
    } catch (error) {
      if (error instanceof EngineError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  #begin(start: ReadingStart | undefined, openedAtMs: number): void {
    this.#hasGap = false;
    this.#linesBefore = this.options.context.logger.written.lines;
    this.#horizons.open(openedAtMs);
    this.#pieces.begin(start);
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { output, logger } = this.options.context;
    this.#chunkAtMs = performance.now();
    logger.clock.look();
    try {
      this.#pieces.push(chunk);
      if (this.#pieces.isWaiting) await this.#takeWaiting();
    } finally {
      void output.flush();
    }
    if (output.waitingBytes > HIGH_WATER_BYTES) await output.flush();
  }

  /** A task has written before it was seen. */
  async #takeWaiting(): Promise<void> {
    // What can not be had now is seen later: until then the task's id is its name.
    const seen = await this.options.look(AbortSignal.timeout(LOOK_TIMEOUT_MS)).catch(() => undefined);
    if (seen !== undefined) this.#look(seen);
    this.#pieces.takeWaiting();
  }

  #tellTrouble(error: unknown): void {
    const sinceMs = performance.now() - this.#troubleAtMs;
    this.#troubleAtMs = performance.now();
    if (sinceMs < TROUBLE_QUIET_MS) return;
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      `The service's log has broken off, and goes on behind its last lines when it can be had: ${reason}`;
    this.options.context.logger.log({ severity: "notice", source: "docker", message });
  }

  #warnOfGap({ task, node }: TaskNames): void {
    if (this.#hasGap) return;
    this.#hasGap = true;
    const message =
      `Lines of ${task} on ${node} may be missing here: the engine's log does not go back to the last ` +
      "line that is out";
    this.options.context.logger.log({ severity: "warn", source: "docker", message, data: { task, node } });
  }
}

type OpenPositions = Awaited<ReturnType<typeof TaskPositions.open>>;

/** Undefined where the unit has no folder of its own. In its state folder they outlive a reboot. */
async function openPositions(
  { service, context: { host, logger, runtimeFolder } }: ServiceLogOptions,
): Promise<OpenPositions | undefined> {
  const path = stateFolder(host);
  const onFailure = (message: string) => logger.log({ severity: "warn", source: "service", message });
  const folder = path === undefined ? runtimeFolder : new RuntimeFolder(path, { host, onFailure });
  return folder && await TaskPositions.open(folder, service.id);
}
