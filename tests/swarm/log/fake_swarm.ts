/**
 * A swarm with the logs of its tasks, as a manager gives them out: a followed log falls silent about a node whose
 * connection has broken, and a node's engine that was restarted sends all once more.
 */
import { EngineError } from "../../../src/errors.ts";
import type { SwarmEngine } from "../../../src/engine/swarm_engine.ts";
import type { Node, Task, TaskState } from "../../../src/engine/swarm_types.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import type { Instant } from "../../../src/logging/log_record.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { compareInstants } from "../../../src/supervisor/log/resume.ts";
import { frame } from "../../engine/frames.ts";
import { details } from "./swarm_lines.ts";

export interface FakeTask {
  readonly id: string;
  readonly nodeId: string;
  /** Undefined where the service runs once on every node. */
  readonly slot: number | undefined;
  readonly createdAtMs: number;
  state: TaskState;
  /** What its engine has of its log. */
  entries: { readonly stream: OutputStream; readonly stamp: Instant; readonly text: string }[];
  /** Whether the swarm lists it. */
  isListed: boolean;
}

interface FakeNode {
  isReady: boolean;
}

export class FakeSwarm {
  readonly tasks: FakeTask[] = [];
  readonly nodes = new Map<string, FakeNode>();
  readonly follows: FakeFollow[] = [];
  /** From which moments on the log was opened. */
  readonly openedSince: (Instant | undefined)[] = [];
  /** How many openings fail. */
  refusals = 0;
  isRemoved = false;
  /** Whether an engine leaves out each line that is older than asked for, or only those before the first that is not. */
  filtersEach = true;
  /** How many bytes the next chunks have; all at once beyond their end. */
  cuts: number[] = [];
  looks = 0;

  constructor(readonly terminal = false) {}

  readonly engine: Pick<SwarmEngine, "followServiceLog"> = {
    followServiceLog: (_id, since, signal) => {
      if (this.isRemoved) return Promise.reject(new EngineError("read the log", 404, "service s1 not found"));
      if (this.refusals > 0) {
        this.refusals--;
        return Promise.reject(new EngineError("read the log", 503, "the swarm has no leader"));
      }
      this.openedSince.push(since);
      const follow = new FakeFollow(since, signal, () => this.cuts.shift());
      this.follows.push(follow);
      for (const id of this.nodes.keys()) this.#subscribe(follow, id);
      return Promise.resolve(follow.stream);
    },
  };

  readonly look = (): Promise<{ tasks: Task[]; nodes: Node[] }> => {
    this.looks++;
    return Promise.resolve({
      tasks: this.tasks.filter(({ isListed }) => isListed).map(taskOf),
      nodes: [...this.nodes].map(([id, { isReady }]) => nodeOf(id, isReady)),
    });
  };

  addNode(id: string): void {
    this.nodes.set(id, { isReady: true });
  }

  addTask(nodeId: string, options: Partial<Pick<FakeTask, "createdAtMs" | "slot">> = {}): FakeTask {
    const task: FakeTask = {
      id: `t${this.tasks.length + 1}`,
      nodeId,
      slot: this.tasks.length + 1,
      createdAtMs: Date.now() - 7_200_000,
      state: "running",
      entries: [],
      isListed: true,
      ...options,
    };
    this.tasks.push(task);
    return task;
  }

  write(task: FakeTask, stream: OutputStream, stamp: Instant, text: string): void {
    const entry = { stream, stamp, text };
    task.entries.push(entry);
    for (const follow of this.follows) {
      if (follow.heard.has(task.nodeId)) follow.send(this.#bytesOf(task, entry));
    }
  }

  /** The node's connection breaks. */
  leave(nodeId: string, { isSeen = true } = {}): void {
    if (isSeen) this.nodes.get(nodeId)!.isReady = false;
    for (const follow of this.follows) {
      if (follow.heard.delete(nodeId)) follow.silent.add(nodeId);
    }
  }

  /** It is back, and learns of what was asked for meanwhile. */
  comeBack(nodeId: string): void {
    this.nodes.get(nodeId)!.isReady = true;
    for (const follow of this.follows) {
      if (!follow.silent.has(nodeId)) this.#subscribe(follow, nodeId);
    }
  }

  /** The node's engine is started anew: its tasks have ended, and it has forgotten what it has sent. */
  restart(nodeId: string): void {
    for (const task of this.tasks) if (task.nodeId === nodeId) task.state = "failed";
    for (const follow of this.follows) {
      follow.silent.delete(nodeId);
      follow.heard.delete(nodeId);
      this.#subscribe(follow, nodeId);
    }
  }

  /** All that follow the log are told of a failure, or it just ends. */
  cutFollows(words?: string): void {
    for (const follow of this.follows) {
      if (words !== undefined) follow.send(this.terminal ? new TextEncoder().encode(words) : frame(3, words));
      follow.end();
    }
  }

  #subscribe(follow: FakeFollow, nodeId: string): void {
    if (!this.nodes.get(nodeId)!.isReady || follow.heard.has(nodeId)) return;
    follow.heard.add(nodeId);
    for (const task of this.tasks) {
      if (task.nodeId !== nodeId) continue;
      const { since } = follow;
      const isOld = ({ stamp }: { stamp: Instant }) =>
        since !== undefined && compareInstants(stamp, since) < 0;
      const first = task.entries.findIndex((entry) => !isOld(entry));
      if (first === -1) continue;
      const entries = task.entries.slice(first);
      for (const entry of this.filtersEach ? entries.filter((entry) => !isOld(entry)) : entries) {
        follow.send(this.#bytesOf(task, entry));
      }
    }
  }

  #bytesOf({ id, nodeId }: FakeTask, { stream, stamp, text }: FakeTask["entries"][number]): Uint8Array {
    const payload = `${formatInstant(stamp)} ${details({ taskId: id, nodeId })} ${text}`;
    return this.terminal ? new TextEncoder().encode(payload) : frame(stream === "stdout" ? 1 : 2, payload);
  }
}

/** One opening of the log. */
class FakeFollow {
  readonly stream: ReadableStream<Uint8Array>;
  /** Whose lines it brings. */
  readonly heard = new Set<string>();
  /** Nodes of which it brings nothing any more. */
  readonly silent = new Set<string>();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #waiting: Uint8Array[] = [];
  #rest: Uint8Array | undefined;
  #isOver = false;
  /** Whether the reader waits for more. */
  #isAsked = false;
  #wake: () => void = () => {};

  constructor(
    readonly since: Instant | undefined,
    signal: AbortSignal,
    readonly nextCut: () => number | undefined,
  ) {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        signal.addEventListener("abort", () => {
          this.#isOver = true;
          controller.error(signal.reason);
          this.#wake();
        }, { once: true });
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#isOver = true;
      },
    }, { highWaterMark: 0 });
  }

  /** Whether all that was sent is taken, and more is asked for. */
  get isDrained(): boolean {
    return this.#isAsked && this.#rest === undefined && this.#waiting.length === 0;
  }

  /** How much has been sent and not been asked for. */
  get waiting(): number {
    return this.#waiting.length;
  }

  send(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wake();
  }

  async #pull(): Promise<void> {
    this.#isAsked = true;
    while (this.#rest === undefined && this.#waiting.length === 0) {
      if (this.#isOver) {
        try {
          this.#controller.close();
        } catch {
          // It was aborted.
        }
        return;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#rest ?? this.#waiting.shift()!;
    const length = Math.min(bytes.length, this.nextCut() ?? Infinity);
    this.#rest = length < bytes.length ? bytes.subarray(length) : undefined;
    this.#isAsked = false;
    this.#controller.enqueue(bytes.slice(0, length));
  }
}

function taskOf({ id, nodeId, slot, createdAtMs, state }: FakeTask): Task {
  const createdAt = new Date(createdAtMs).toISOString();
  return {
    ID: id,
    Version: { Index: 1 },
    CreatedAt: createdAt,
    ServiceID: "s1",
    ...(slot !== undefined && { Slot: slot }),
    NodeID: nodeId,
    Spec: { ContainerSpec: { Image: "web" } },
    DesiredState: "running",
    Status: { Timestamp: createdAt, State: state },
  };
}

function nodeOf(id: string, isReady: boolean): Node {
  return {
    ID: id,
    Description: { Hostname: `host-${id}` },
    Spec: { Availability: "active" },
    Status: { State: isReady ? "ready" : "down" },
  };
}
