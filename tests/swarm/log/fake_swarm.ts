/**
 * A swarm with the logs of its tasks, as a manager gives them out: a followed log falls silent when the connection of its
 * node has broken, and a node's engine that was restarted sends all once more.
 */
import { EngineError } from "../../../src/errors.ts";
import type { SwarmEngine } from "../../../src/engine/swarm_engine.ts";
import type { Node, Task, TaskState } from "../../../src/engine/swarm_types.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import type { Instant } from "../../../src/logging/log_record.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { compareInstants } from "../../../src/supervisor/log/resume.ts";
import { frame } from "../../engine/frames.ts";
import { FakeFollow } from "./fake_follow.ts";

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

export class FakeSwarm {
  readonly tasks: FakeTask[] = [];
  readonly nodes = new Map<string, { isReady: boolean }>();
  readonly follows: FakeFollow[] = [];
  /** How many openings fail. */
  refusals = 0;
  isRemoved = false;
  /** Whether an engine leaves out each line that is older than asked for, or only those before the first that is not. */
  filtersEach = true;
  /** How many bytes the next chunks have; all at once beyond their end. */
  cuts: number[] = [];

  constructor(readonly terminal = false) {}

  readonly engine: Pick<SwarmEngine, "followTaskLog"> = {
    followTaskLog: (id, since, signal) => {
      const task = this.tasks.find((task) => task.id === id);
      if (task === undefined || this.isRemoved) {
        return Promise.reject(new EngineError("follow the log of the task", 404, `task ${id} not found`));
      }
      if (this.refusals > 0) {
        this.refusals--;
        return Promise.reject(new EngineError("follow the log of the task", 503, "the swarm has no leader"));
      }
      const follow = new FakeFollow(task, since, { signal, nextCut: () => this.cuts.shift() });
      this.follows.push(follow);
      this.#subscribe(follow);
      return Promise.resolve(follow.stream);
    },
  };

  look(): { tasks: Task[]; nodes: Node[] } {
    return {
      tasks: this.tasks.filter(({ isListed }) => isListed).map((task) => this.#taskOf(task)),
      nodes: [...this.nodes].map(([id, { isReady }]) => nodeOf(id, isReady)),
    };
  }

  addNode(id: string): void {
    this.nodes.set(id, { isReady: true });
  }

  addTask(nodeId: string, options: Partial<Pick<FakeTask, "slot" | "createdAtMs">> = {}): FakeTask {
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
    for (const follow of this.#of(task)) if (follow.isHeard) follow.send(this.#bytesOf(entry));
  }

  /** The latest opening of a task's log. */
  latest(task: FakeTask): FakeFollow | undefined {
    return this.#of(task).at(-1);
  }

  /** How often a task's log has been opened. */
  openings(task: FakeTask): number {
    return this.#of(task).length;
  }

  /** The node's connection breaks. */
  leave(nodeId: string, { isSeen = true } = {}): void {
    if (isSeen) this.nodes.get(nodeId)!.isReady = false;
    for (const follow of this.#on(nodeId)) follow.fallSilent();
  }

  /** It is back, and learns of what was asked for meanwhile. */
  comeBack(nodeId: string): void {
    this.nodes.get(nodeId)!.isReady = true;
    for (const follow of this.#on(nodeId)) this.#subscribe(follow);
  }

  /** The node's engine is started anew: its tasks have ended, and it has forgotten what it has sent. */
  restart(nodeId: string): void {
    for (const task of this.tasks) if (task.nodeId === nodeId) task.state = "failed";
    for (const follow of this.#on(nodeId)) {
      follow.forget();
      this.#subscribe(follow);
    }
  }

  /** All that follow a log are told of a failure, or it just ends. */
  cutFollows(words?: string): void {
    for (const follow of this.follows) {
      if (words !== undefined) follow.send(this.terminal ? new TextEncoder().encode(words) : frame(3, words));
      follow.end();
    }
  }

  #of(task: FakeTask): FakeFollow[] {
    return this.follows.filter((follow) => follow.task === task);
  }

  #on(nodeId: string): FakeFollow[] {
    return this.follows.filter(({ task }) => task.nodeId === nodeId);
  }

  #subscribe(follow: FakeFollow): void {
    const { task, since } = follow;
    if (!this.nodes.get(task.nodeId)!.isReady || !follow.listen()) return;
    const isOld = ({ stamp }: { stamp: Instant }) => since !== undefined && compareInstants(stamp, since) < 0;
    const first = task.entries.findIndex((entry) => !isOld(entry));
    const entries = first === -1 ? [] : task.entries.slice(first);
    for (const entry of this.filtersEach ? entries.filter((entry) => !isOld(entry)) : entries) {
      follow.send(this.#bytesOf(entry));
    }
  }

  #bytesOf({ stream, stamp, text }: FakeTask["entries"][number]): Uint8Array {
    const payload = `${formatInstant(stamp)} ${text}`;
    return this.terminal ? new TextEncoder().encode(payload) : frame(stream === "stdout" ? 1 : 2, payload);
  }

  #taskOf({ id, nodeId, slot, createdAtMs, state }: FakeTask): Task {
    const createdAt = new Date(createdAtMs).toISOString();
    return {
      ID: id,
      Version: { Index: 1 },
      CreatedAt: createdAt,
      ServiceID: "s1",
      ...(slot !== undefined && { Slot: slot }),
      NodeID: nodeId,
      Spec: { ContainerSpec: { Image: "web", TTY: this.terminal } },
      DesiredState: "running",
      Status: { Timestamp: createdAt, State: state },
    };
  }
}

function nodeOf(id: string, isReady: boolean): Node {
  return {
    ID: id,
    Description: { Hostname: `host-${id}` },
    Spec: { Availability: "active" },
    Status: { State: isReady ? "ready" : "down" },
  };
}
