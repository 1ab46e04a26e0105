/**
 * A swarm of two nodes in memory, whose calls fail on demand and whose tasks do what a test says: for endings that a real
 * swarm does not give when a test wants them. It behaves as a real one does as far as the life of a service goes: versions,
 * updates that go back when their tasks fail, tasks that stay in the list for a while.
 */
import type { Distribution, SwarmEngine, SwarmEvent } from "../../src/engine/swarm_engine.ts";
import type { Node, Service, ServiceSpec, SwarmInfo, Task, TaskState } from "../../src/engine/swarm_types.ts";
import { EngineError, EngineUnreachableError } from "../../src/errors.ts";

type Verb = keyof SwarmEngine;

/** `done`: it is carried out, and only the answer is lost. */
export interface SwarmFault {
  readonly httpStatus?: number;
  readonly reason: string;
  readonly isDone?: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class FakeSwarm implements SwarmEngine {
  service: Mutable<Service> | undefined;
  tasks: Mutable<Task>[] = [];
  nodes: Node[] = [fakeNode("node-a"), fakeNode("node-b")];
  info: SwarmInfo = { NodeID: "node-a", LocalNodeState: "active", ControlAvailable: true };
  /** What new tasks come to: by default they run at once. */
  newTask: (
    task: Task,
  ) => { readonly state: TaskState; readonly error?: string; readonly exitCode?: number } = () => ({
    state: "running",
  });
  /** So often tasks are still there when the service has been removed. */
  looksUntilGone = 0;
  /** What the first look after that gets. */
  failAfterRemoval: SwarmFault | undefined;
  /** The credentials that the service has. */
  registryAuth: string | undefined;
  /** The calls so far that change something. */
  readonly changes: string[] = [];
  readonly #faults: { readonly verb: Verb; readonly fault: SwarmFault }[] = [];
  readonly #listeners = new Set<(event: SwarmEvent) => void>();
  readonly #logs: ReadableStreamDefaultController<Uint8Array>[] = [];
  #renewed = new Set<string>();
  #count = 0;

  /** Called with each call, before it is answered. */
  onAnyCall: () => void = () => {};

  constructor(readonly onCall: (call: string) => void) {}

  /** What another swarm in memory had at its end. */
  adopt({ service, tasks }: Pick<FakeSwarm, "service" | "tasks">): void {
    this.service = service;
    this.tasks = tasks;
    this.#renewed = new Set(tasks.map(({ ID }) => ID));
  }

  /** The next call of this verb fails. */
  failOnce(verb: Verb, fault: SwarmFault): void {
    this.#faults.push({ verb, fault });
  }

  swarmInfo = (signal: AbortSignal) => this.#call("swarmInfo", signal, () => this.info);

  inspectDistribution = (_: string, { signal }: { readonly signal: AbortSignal }): Promise<Distribution> =>
    this.#call("inspectDistribution", signal, () => ({ digest: `sha256:${"0".repeat(64)}`, platforms: [] }));

  createService: SwarmEngine["createService"] = ({ spec, registryAuth }, signal) =>
    this.#call("createService", signal, () => {
      this.registryAuth = registryAuth;
      if (this.service !== undefined) throw new EngineError("create the service", 409, "name conflicts");
      this.service = { ID: "service1", Version: { Index: 1 }, CreatedAt: now(), Spec: spec };
      this.#makeTasks();
      return { id: "service1", warnings: [] };
    });

  updateService: SwarmEngine["updateService"] = (_, { spec, version, registryAuth }, signal) =>
    this.#call("updateService", signal, () => {
      this.registryAuth = registryAuth ?? this.registryAuth;
      const service = this.#present();
      if (version !== service.Version.Index) {
        throw new EngineError("update the service", 500, "update out of sequence");
      }
      const before = service.Spec;
      this.#put(service, spec);
      if (JSON.stringify(spec.TaskTemplate) !== JSON.stringify(before.TaskTemplate)) {
        this.#replaceTasks(service, before);
      }
      return { warnings: [] };
    });

  rollBackService: SwarmEngine["rollBackService"] = (_, signal) =>
    this.#call("rollBackService", signal, () => {
      const service = this.#present();
      const back = service.PreviousSpec ?? service.Spec;
      this.#put(service, back);
      this.newTask = () => ({ state: "running" });
      this.#makeTasks();
      service.UpdateStatus = { State: "rollback_completed", Message: "rollback completed" };
    });

  inspectService: SwarmEngine["inspectService"] = (nameOrId, signal) =>
    this.#call(
      "inspectService",
      signal,
      () =>
        this.service?.ID === nameOrId || this.service?.Spec.Name === nameOrId
          ? structuredClone(this.service)
          : undefined,
    );

  removeService: SwarmEngine["removeService"] = (_, signal) =>
    this.#call("removeService", signal, () => {
      this.service = undefined;
      if (this.looksUntilGone === 0) this.tasks = [];
      if (this.failAfterRemoval !== undefined) this.failOnce("listTasks", this.failAfterRemoval);
      for (const log of this.#logs.splice(0)) log.close();
    });

  listTasks: SwarmEngine["listTasks"] = ({ upToDate }, signal) =>
    this.#call("listTasks", signal, () => {
      if (this.service === undefined && --this.looksUntilGone <= 0) this.tasks = [];
      return structuredClone(this.tasks.filter(({ ID }) => !upToDate || this.#renewed.has(ID)));
    });

  listNodes: SwarmEngine["listNodes"] = (signal) =>
    this.#call("listNodes", signal, () => structuredClone(this.nodes));

  followSwarmEvents: SwarmEngine["followSwarmEvents"] = (signal) =>
    this.#call("followSwarmEvents", signal, () => this.#events(signal));

  /** Nothing is logged. Unlike a real one it ends with the service, so that no test has to wait for a quiet second. */
  followTaskLog: SwarmEngine["followTaskLog"] = (_id, _since, signal) =>
    this.#call("followTaskLog", signal, () => {
      if (this.service === undefined) throw new EngineError("read the log", 404, "service not found");
      return new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#logs.push(controller);
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
    });

  /** Something has changed, without a call of ours. */
  tell(event: Partial<SwarmEvent> = {}): void {
    const told: SwarmEvent = { type: "service", action: "update", id: "service1", attributes: {}, ...event };
    for (const listener of this.#listeners) listener(told);
  }

  /** A task comes to an end, or into another state. */
  move(
    slot: number,
    state: TaskState,
    more: { readonly error?: string; readonly exitCode?: number } = {},
  ): void {
    const task = this.tasks.find(({ Slot, Status }) => Slot === slot && Status.State === "running");
    if (task === undefined) throw new Error(`The fake swarm has no running task in slot ${slot}`);
    task.Status = status(state, more);
    if (state !== "running") task.DesiredState = "shutdown";
    this.tell();
  }

  #present(): Mutable<Service> {
    if (this.service === undefined) throw new EngineError("update the service", 404, "service not found");
    return this.service;
  }

  #put(service: Mutable<Service>, spec: ServiceSpec): void {
    service.PreviousSpec = service.Spec;
    service.Spec = spec;
    service.Version = { Index: service.Version.Index + 1 };
    delete service.UpdateStatus;
  }

  /** As a swarm does it that goes back when a new task fails. */
  #replaceTasks(service: Mutable<Service>, before: ServiceSpec): void {
    this.#makeTasks();
    const states = this.tasks.filter(({ ID }) => this.#renewed.has(ID)).map(({ Status }) => Status.State);
    if (states.includes("failed")) {
      const failed = this.tasks.filter(({ Status }) => Status.State === "failed");
      this.#put(service, before);
      this.newTask = () => ({ state: "running" });
      this.#makeTasks();
      this.tasks.push(...failed);
      service.UpdateStatus = { State: "rollback_completed", Message: "rollback completed" };
    } else if (states.every((state) => state === "running")) {
      service.UpdateStatus = { State: "completed", Message: "update completed" };
    } else service.UpdateStatus = { State: "updating", Message: "update in progress" };
  }

  #makeTasks(): void {
    const spec = this.#present().Spec;
    const count = "Replicated" in spec.Mode ? spec.Mode.Replicated.Replicas : this.nodes.length;
    this.tasks = Array.from({ length: count }, (_, index): Mutable<Task> => {
      const task: Task = {
        ID: `task${++this.#count}`,
        Version: { Index: 1 },
        CreatedAt: now(),
        ServiceID: "service1",
        Slot: index + 1,
        NodeID: this.nodes[index % this.nodes.length]!.ID,
        Labels: spec.Labels,
        Spec: spec.TaskTemplate,
        DesiredState: "running",
        Status: status("new"),
      };
      const { state, ...more } = this.newTask(task);
      return { ...task, Status: status(state, more) };
    });
    this.#renewed = new Set(this.tasks.map(({ ID }) => ID));
  }

  async *#events(signal: AbortSignal): AsyncGenerator<SwarmEvent> {
    const waiting: SwarmEvent[] = [];
    let wake = () => {};
    const listener = (event: SwarmEvent) => {
      waiting.push(event);
      wake();
    };
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        while (waiting.length > 0) yield waiting.shift()!;
        await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      this.#listeners.delete(listener);
    }
    throw signal.reason;
  }

  async #call<T>(verb: Verb, signal: AbortSignal, act: () => T): Promise<T> {
    const changes = /^(create|update|rollBack|remove)/.test(verb);
    if (changes) this.changes.push(verb);
    this.onCall(verb);
    this.onAnyCall();
    // An answer takes its time.
    await Promise.resolve();
    signal.throwIfAborted();
    const at = this.#faults.findIndex((due) => due.verb === verb);
    const fault = this.#faults.splice(at === -1 ? Infinity : at, 1)[0]?.fault;
    if (fault === undefined) return act();
    if (fault.isDone) act();
    if (fault.httpStatus === undefined) {
      throw new EngineUnreachableError("/run/fake.sock", fault.reason, true);
    }
    throw new EngineError(verb, fault.httpStatus, fault.reason);
  }
}

function fakeNode(id: string): Node {
  return { ID: id, Description: { Hostname: id }, Spec: {}, Status: { State: "ready" }, ManagerStatus: {} };
}

function status(
  State: TaskState,
  { error, exitCode }: { readonly error?: string; readonly exitCode?: number } = {},
): Task["Status"] {
  return {
    Timestamp: now(),
    State,
    ...(error !== undefined && { Err: error }),
    ...(exitCode !== undefined && { ContainerStatus: { ExitCode: exitCode } }),
  };
}

function now(): string {
  return new Date().toISOString();
}
