/**
 * The tasks of a service whose logs are read: who they are, and what has to be known of each for reading on.
 * In: what a manager says of tasks and nodes, looked at again and again. Out: a log for each.
 */
import { type Node, type Task, TASK_STATES } from "../../engine/swarm_types.ts";
import type { LineRecords } from "../../logging/line_records.ts";
import type { Instant } from "../../logging/log_record.ts";
import { nodeName, taskName } from "../task_name.ts";
import { CLOCK_DIFFERENCE_MS } from "./node_horizons.ts";
import type { TaskOrigin } from "./prefix_reader.ts";
import { TaskLog, type TaskPosition } from "./task_log.ts";
import type { KeptTask } from "./task_positions.ts";

/** When a task has ended, and nothing more has come for so long, its last line has no line break. */
const LAST_PIECE_MS = 2_000;
/** For so long a task is remembered that the swarm does not list any more: its node may be away, and send its log later. */
const MEMORY_MS = 3_600_000;
/** More of them are not remembered. */
const MOST_UNLISTED = 1000;

/** What a manager says of the service's tasks and of all nodes. */
export interface TasksAndNodes {
  readonly tasks: readonly Task[];
  readonly nodes: readonly Node[];
}

/** `data` of a task's records. */
export interface TaskNames {
  readonly task: string;
  readonly node: string;
}

export interface KnownTask extends TaskOrigin {
  readonly log: TaskLog;
  names: TaskNames;
  hasEnded: boolean;
  /** Whether it had ended when the current reading began. */
  hadEnded: boolean;
  /** Since when the swarm does not list it any more. */
  unlistedAtMs: number | undefined;
  /** Whether nothing is taken of it, as the current reading does not begin where it has to for this task. */
  isMuted: boolean;
  /** Whether something has come of it all the same. */
  isWanted: boolean;
  /** When something came last. */
  pushedAtMs: number;
}

export interface TaskRosterOptions {
  readonly service: string;
  readonly terminal: boolean;
  /** What an earlier process has kept of tasks. */
  readonly kept: readonly KeptTask[];
  readonly records: (names: TaskNames) => LineRecords;
  /** Called when lines of a task may be missing. */
  readonly onGap: (names: TaskNames) => void;
  /** Called when nothing more is known of a task. */
  readonly onForgotten: (taskId: string) => void;
}

export class TaskRoster {
  readonly #known = new Map<string, KnownTask>();

  constructor(readonly options: TaskRosterOptions) {
    for (const task of options.kept) this.#add(task, this.#unseenNames(task), task.position);
  }

  get all(): Iterable<KnownTask> {
    return this.#known.values();
  }

  get(taskId: string): KnownTask | undefined {
    return this.#known.get(taskId);
  }

  /** Whether a task that may still write is on this node. */
  isOn(nodeId: string): boolean {
    return this.#known.values().some((known) => known.nodeId === nodeId && known.unlistedAtMs === undefined);
  }

  /** `from`: what those have written before this of which nothing is known is not wanted; all is wanted if not given. */
  look({ tasks, nodes }: TasksAndNodes, from?: Instant): void {
    const byId = new Map(nodes.map((node) => [node.ID, node]));
    const listed = new Set(tasks.map(({ ID }) => ID));
    for (const task of tasks) {
      if (task.NodeID !== undefined) this.#see(task, task.NodeID, { node: byId.get(task.NodeID), from });
    }
    const nowMs = performance.now();
    for (const known of this.all) {
      if (!listed.has(known.taskId)) known.unlistedAtMs ??= nowMs;
      if (known.log.isOpen && isOver(known) && nowMs - known.pushedAtMs > LAST_PIECE_MS) known.log.end();
    }
    this.#forget(nowMs);
  }

  /** A task of which something has come before it was seen. */
  addUnseen(origin: TaskOrigin): KnownTask {
    const floor = instantOf(Date.now() - CLOCK_DIFFERENCE_MS);
    return this.#add(origin, this.#unseenNames(origin), beginAt(undefined, floor));
  }

  /** Nothing more comes: writes what is held back, and what tasks that have ended have left without a line break. */
  end(): void {
    for (const known of this.all) {
      if (isOver(known)) known.log.end();
      else known.log.release();
    }
  }

  #see(
    task: Task,
    nodeId: string,
    { node, from }: { readonly node: Node | undefined; readonly from: Instant | undefined },
  ): void {
    const names = { task: taskName(this.options.service, task, node), node: nodeName(nodeId, node) };
    const floor = from ?? instantOf(Date.parse(task.CreatedAt) - CLOCK_DIFFERENCE_MS);
    const known = this.#known.get(task.ID) ??
      this.#add({ taskId: task.ID, nodeId }, names, beginAt(from, floor));
    if (known.names.task !== names.task || known.names.node !== names.node) {
      known.names = names;
      known.log.replaceRecords(this.options.records(names));
    }
    known.unlistedAtMs = undefined;
    known.hasEnded = TASK_STATES.indexOf(task.Status.State) > TASK_STATES.indexOf("running");
  }

  #unseenNames({ taskId, nodeId }: TaskOrigin): TaskNames {
    return { task: `${this.options.service}.${taskId}`, node: nodeId };
  }

  #add({ taskId, nodeId }: TaskOrigin, names: TaskNames, position: TaskPosition): KnownTask {
    const { terminal, records, onGap } = this.options;
    const known: KnownTask = {
      taskId,
      nodeId,
      names,
      log: new TaskLog({
        terminal,
        position,
        records: records(names),
        onGap: () => onGap(known.names),
      }),
      hasEnded: false,
      hadEnded: false,
      unlistedAtMs: undefined,
      isMuted: false,
      isWanted: false,
      pushedAtMs: -Infinity,
    };
    this.#known.set(taskId, known);
    return known;
  }

  #forget(nowMs: number): void {
    const unlisted = [...this.all].filter(({ unlistedAtMs }) => unlistedAtMs !== undefined);
    unlisted.forEach(({ taskId, unlistedAtMs }, index) => {
      if (unlisted.length - index <= MOST_UNLISTED && nowMs - unlistedAtMs! < MEMORY_MS) return;
      this.#known.delete(taskId);
      this.options.onForgotten(taskId);
    });
  }
}

/** `from`: what is older is not wanted; `floor`: there is nothing older. */
function beginAt(from: Instant | undefined, floor: Instant): TaskPosition {
  const begin = { point: from && { stamp: from, count: 0 }, open: undefined };
  return { stdout: begin, stderr: begin, floor };
}

function isOver({ hasEnded, unlistedAtMs }: KnownTask): boolean {
  return hasEnded || unlistedAtMs !== undefined;
}

/** `ms` since 1970. */
export function instantOf(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms - seconds * 1000) * 1e6) };
}
