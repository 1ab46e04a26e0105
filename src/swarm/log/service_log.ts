/**
 * The log of all tasks of a Swarm service → records, none lost and none twice.
 * In: the log of each task, as a manager gives it out; what is seen of tasks and nodes. Out: records with `data.task` and
 * `data.node`, and a file from which the next process goes on.
 *
 * Each task's log is followed by itself. In that of a service, a node's engine sends what all its tasks have written
 * through one stream of gRPC, from several threads, which it may not: of several that have more than 64 KiB to send, all
 * but one may wait for ever (swarmkit, `agent.go`, `Publisher`; grpc, `flowcontrol.go`, `writeQuota`).
 * A log is never read without being followed: that may fail for good once a node's connection was broken.
 */
import { type Node, type Task, TASK_STATES } from "../../engine/swarm_types.ts";
import { pause } from "../../host/pause.ts";
import type { LogOptions } from "../../logging/line_records.ts";
import type { Instant } from "../../logging/log_record.ts";
import { nodeName, taskName } from "../task_name.ts";
import { keepPositions, type OpenPositions, openPositions } from "./keep_positions.ts";
import type { TaskPosition } from "./task_log.ts";
import type { KeptTask } from "./task_positions.ts";
import type { TaskReader } from "./task_reader.ts";
import { type ReadTask, TaskReaders, type TaskReadersOptions } from "./task_readers.ts";

/** By how much the clocks of two nodes may differ. */
const CLOCK_DIFFERENCE_MS = 60_000;
/** For so long the log is read on of a task that the swarm does not list any more. */
const UNLISTED_MS = 60_000;
const LOOK_QUIET_MS = 100;

/** What a manager says of the service's tasks and of all nodes. */
export interface TasksAndNodes {
  readonly tasks: readonly Task[];
  readonly nodes: readonly Node[];
}

export interface ServiceLogOptions extends TaskReadersOptions {
  readonly service: { readonly id: string; readonly name: string };
  /** Whether this run has created the service: then all its lines are wanted. */
  readonly isNew: boolean;
  readonly logs: LogOptions;
}

interface KnownTask extends ReadTask {
  readonly nodeId: string;
  /** Undefined if nothing more is to be read of it. */
  reader: TaskReader | undefined;
  /** Since when the swarm does not list it any more. */
  unlistedAtMs: number | undefined;
}

export class ServiceLog {
  readonly #tasks = new Map<string, KnownTask>();
  readonly #readers: TaskReaders;
  readonly #positions: OpenPositions["positions"] | undefined;
  /** What an earlier process has kept, until the first look. */
  #kept: ReadonlyMap<string, KeptTask>;
  /** What has been written before this, by tasks of which nothing is kept, is not wanted; all is if undefined. */
  readonly #fromMs: number | undefined;
  #readyNodes: ReadonlySet<string> | undefined;

  private constructor(readonly options: ServiceLogOptions, open: OpenPositions | undefined) {
    this.#readers = new TaskReaders(options, options.logs, (task) => open?.positions.put(task));
    this.#positions = open?.positions;
    this.#kept = new Map(open?.kept?.map((task) => [task.taskId, task]));
    this.#fromMs = options.isNew || open?.kept !== undefined ? undefined : Date.now();
  }

  /**
   * What is seen from then on is read. A service that was there before is read on from where an earlier process has left
   * off; if that is not known, from now on.
   */
  static async open(options: ServiceLogOptions): Promise<ServiceLog> {
    const { service, context } = options;
    const open = await openPositions(service.id, context);
    const log = new ServiceLog(options, open);
    if (open !== undefined) {
      await context.output.flush();
      keepPositions(open.positions, () => log.#readers.takeMoved(), context);
    }
    return log;
  }

  /** To be called with what each look has shown, also when the service is removed. */
  setTasks({ tasks, nodes }: TasksAndNodes): void {
    const byId = new Map(nodes.map((node) => [node.ID, node]));
    for (const task of tasks) {
      // As long as it has no node, it has no log.
      if (task.NodeID !== undefined) this.#see(task, task.NodeID, byId.get(task.NodeID));
    }
    const listed = new Set(tasks.map(({ ID }) => ID));
    for (const [id, known] of this.#tasks) if (!listed.has(id)) this.#seeUnlisted(id, known);
    for (const id of this.#kept.keys()) if (!this.#tasks.has(id)) this.#positions?.drop(id);
    this.#kept = new Map();
    const ready = nodes.filter(({ Status: { State } }) => State === "ready").map(({ ID }) => ID);
    for (const id of ready) if (this.#readyNodes?.has(id) === false) this.noteNodeEvent(id);
    this.#readyNodes = new Set(ready);
  }

  /** Something has happened to this node; or it can not be known to which, as the events were cut (undefined). */
  noteNodeEvent(nodeId: string | undefined): void {
    for (const known of this.#tasks.values()) {
      if (nodeId === undefined || known.nodeId === nodeId) known.reader?.disturb();
    }
  }

  /** The service is going to be removed: its tasks end, and what they have written may not be there to be read again. */
  noteRemoval(): void {
    this.#readers.isEnding = true;
  }

  /** The last 20 lines of a task, each cut to 512 bytes. */
  lastLines(taskId: string): string[] {
    return this.#tasks.get(taskId)?.reader?.log.lastLines.texts() ?? [];
  }

  /** Other options count from the next line on. */
  configure(logs: LogOptions): void {
    this.#readers.logs = logs;
    for (const reader of this.#all()) reader.log.configure(logs);
  }

  /** Resolves when nothing has come for so long, though it could. @throws the signal's reason */
  async untilQuiet(ms: number, signal: AbortSignal): Promise<void> {
    while (!this.#all().every(({ isDone, quietMs }) => isDone || quietMs >= ms)) {
      await pause(LOOK_QUIET_MS, signal);
    }
  }

  /** Reads no more; resolves when all that has been read is written, if the reader of our output takes it. */
  async close(): Promise<void> {
    const hasEnded = this.#readers.isEnding || undefined;
    await Promise.all(this.#all().map((reader) => reader.close(hasEnded)));
    await this.options.context.output.flush();
  }

  #all(): TaskReader[] {
    return [...this.#tasks.values()].flatMap(({ reader }) => reader ?? []);
  }

  #see(task: Task, nodeId: string, node: Node | undefined): void {
    const names = { task: taskName(this.options.service.name, task, node), node: nodeName(nodeId, node) };
    const hasEnded = TASK_STATES.indexOf(task.Status.State) > TASK_STATES.indexOf("running");
    const known = this.#tasks.get(task.ID) ?? this.#add(task, nodeId, { names, hasEnded });
    if (known.names.task !== names.task || known.names.node !== names.node) {
      known.names = names;
      known.reader?.log.replaceRecords(this.#readers.records(names));
    }
    known.unlistedAtMs = undefined;
    if (known.reader?.isOver) known.reader = this.#readAgain(known, known.reader);
    known.reader?.see({ hasEnded, isReachable: node?.Status.State === "ready" });
  }

  /** A manager has not known a task that there is. */
  #readAgain(known: KnownTask, { log }: TaskReader): TaskReader {
    log.release();
    known.kept = { ...known.kept, position: log.position };
    return this.#readers.read(known);
  }

  /** Its container is removed, or will be when its node is back. */
  #seeUnlisted(id: string, known: KnownTask): void {
    const nowMs = performance.now();
    known.unlistedAtMs ??= nowMs;
    known.reader?.see({ hasEnded: true, isReachable: true });
    if (nowMs - known.unlistedAtMs < UNLISTED_MS) return;
    this.#tasks.delete(id);
    void known.reader?.close().then(() => {
      this.#readers.forget(id);
      return this.options.context.output.flush();
    });
    this.#positions?.drop(id);
  }

  #add(
    { ID: taskId, CreatedAt, Spec }: Task,
    nodeId: string,
    { names, hasEnded }: { readonly names: KnownTask["names"]; readonly hasEnded: boolean },
  ): KnownTask {
    // Its node's clock may be behind: a young task is wanted as a whole.
    const fromMs = Date.parse(CreatedAt) < (this.#fromMs ?? 0) - CLOCK_DIFFERENCE_MS
      ? this.#fromMs
      : undefined;
    const kept = this.#kept.get(taskId) ??
      { taskId, position: beginAt(fromMs), isDone: fromMs !== undefined && hasEnded };
    this.#positions?.put(kept);
    const task: ReadTask = { kept, names, terminal: Spec.ContainerSpec.TTY ?? false };
    const reader = kept.isDone ? undefined : this.#readers.read(task);
    const known = Object.assign(task, { nodeId, reader, unlistedAtMs: undefined });
    this.#tasks.set(taskId, known);
    return known;
  }
}

/** `fromMs`: what is older is not wanted, in milliseconds since 1970. */
function beginAt(fromMs: number | undefined): TaskPosition {
  const begin = {
    point: fromMs === undefined ? undefined : { stamp: instantOf(fromMs), count: 0 },
    open: undefined,
  };
  return { stdout: begin, stderr: begin };
}

function instantOf(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms - seconds * 1000) * 1e6) };
}
