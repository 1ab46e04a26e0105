/**
 * An engine in memory, whose calls fail or break off on demand: for endings that a real engine does not give when
 * a test wants them. It behaves as a real one does as far as the life of a container goes (names, states, waits,
 * streams); what a service does not ask of it throws.
 */
import type { ContainerInspect, ExecInspect, ImageInspect } from "../../src/engine/api_types.ts";
import type { ContainerEngine, ContainerEvent, ContainerExit } from "../../src/engine/engine.ts";
import type { Distribution, SwarmEngine } from "../../src/engine/swarm_engine.ts";
import { EngineError, EngineUnreachableError } from "../../src/errors.ts";

const SOCKET = "/run/fake/docker.sock";
const IMAGE_ID = "sha256:fake";
const STDOUT = 1;
const SIGTERM_EXIT = 143;

/** What a call does in place of its work; the engine has not heard of it unless it says otherwise. */
export type Fault =
  /** The engine refuses. */
  | { readonly kind: "refuse"; readonly httpStatus: number; readonly reason: string }
  /** The engine goes away before it has heard of the call. */
  | { readonly kind: "cut" }
  /** The same after it has done what is asked, so that only the answer is lost. */
  | { readonly kind: "cut_answer" };

export interface FakeContainer {
  readonly id: string;
  /** Its image's id. */
  readonly image: string;
  name: string;
  readonly labels: Readonly<Record<string, string>>;
  state: "created" | "running" | "exited";
  exitCode: number;
  /** `State.Health.Status`; what a start sets is `FakeEngine.healthAfterStart`. */
  health: string;
  starts: number;
}

/** An open answer that goes on: a wait, a stream, events. */
interface Connection {
  readonly containerId: string;
  readonly kind: "attach" | "wait" | "events" | "logs";
  readonly ended: (container: FakeContainer) => void;
  readonly broken: (error: unknown) => void;
}

type Verb = keyof ContainerEngine;

export class FakeEngine implements ContainerEngine {
  readonly socketPath = SOCKET;
  readonly containers = new Map<string, FakeContainer>();
  /** Answers that are going on, e.g. `wait 1`. */
  readonly #connections = new Set<Connection>();
  readonly #attached = new Map<string, Set<ReadableStreamDefaultController<Uint8Array>>>();
  readonly #faults: { readonly call: string | number; readonly fault: Fault }[] = [];
  /** Ids of images, by their names. */
  readonly images = new Map([["fake", IMAGE_ID]]);
  /** What a pull gets: the id that the name has in the registry by now. */
  inRegistry = IMAGE_ID;
  #created = 0;
  #calls = 0;
  #isAway = false;
  #pings = 0;
  healthAfterStart = "healthy";
  /** Called as a container starts, e.g. to let it end at once. */
  onStart: (container: FakeContainer) => void = () => {};
  /** At which ping after it has gone away it is back; never by itself. */
  backAtPing = Infinity;

  /** `onCall` is told of each call, e.g. `start 1`; pings and inspections too. */
  constructor(readonly onCall: (call: string) => void = () => {}) {}

  get calls(): number {
    return this.#calls;
  }

  /** What goes on, sorted, e.g. `["attach 1", "events 1", "wait 1"]`. */
  get openConnections(): string[] {
    return [...this.#connections].map(({ kind, containerId }) => `${kind} ${containerId}`).sort();
  }

  /** The container of this name, by its id as the test counts: `1`, `2`, …; undefined where there is none. */
  byName(name: string): FakeContainer | undefined {
    return [...this.containers.values()].find((container) => container.name === name);
  }

  /** Lets a call fail once: the next one that reads like this (`start`, `start 2`), or the one of this number. */
  failOnce(call: string | number, fault: Fault): void {
    this.#faults.push({ call, fault });
  }

  /** The engine goes away; with it, unless it has `live-restore`, its containers. */
  cutOff({ containersDie = false }: { readonly containersDie?: boolean } = {}): void {
    this.#isAway = true;
    this.#pings = 0;
    for (const connection of [...this.#connections]) {
      connection.broken(unreachable("the connection broke off"));
    }
    if (!containersDie) return;
    for (const container of this.containers.values()) {
      if (container.state === "running") Object.assign(container, { state: "exited", exitCode: 0 });
    }
  }

  comeBack(): void {
    this.#isAway = false;
  }

  /** The container ends by itself. `keepsOutput`: a process outside of it (`--pid=host`) holds on to its output. */
  exit(id: string, exitCode: number, { keepsOutput = false } = {}): void {
    const container = this.#require(id, "exit");
    Object.assign(container, { state: "exited", exitCode });
    const goOn: readonly Connection["kind"][] = keepsOutput ? ["events", "attach", "logs"] : ["events"];
    for (const connection of [...this.#connections]) {
      if (connection.containerId === id && !goOn.includes(connection.kind)) connection.ended(container);
    }
  }

  /** The container writes a line. */
  say(id: string, line: string): void {
    for (const controller of this.#attached.get(id) ?? []) controller.enqueue(frame(`${line}\n`));
  }

  negotiate(signal: AbortSignal): Promise<string> {
    return this.#call("negotiate", "", signal, () => "1.45");
  }

  inspectImage(image: string, signal: AbortSignal): Promise<ImageInspect | undefined> {
    return this.#call("inspectImage", "", signal, () => {
      const id = this.#imageId(image);
      if (id === undefined) return undefined;
      const RepoTags = [...this.images].filter(([, other]) => other === id).map(([name]) => name);
      return { Id: id, RepoDigests: [`fake@${id}`], RepoTags };
    });
  }

  pullImage(image: string, { signal }: Parameters<ContainerEngine["pullImage"]>[1]): Promise<void> {
    return this.#call("pullImage", image, signal, () => void this.images.set(image, this.inRegistry));
  }

  tagImage(
    id: string,
    { repository, tag }: Parameters<ContainerEngine["tagImage"]>[1],
    signal: AbortSignal,
  ): Promise<void> {
    return this.#call(
      "tagImage",
      `${id} ${repository}:${tag}`,
      signal,
      () => void this.images.set(`${repository}:${tag}`, id),
    );
  }

  /** An image of the fake engine is there for as long as it has a name, or a container. */
  removeImage(nameOrId: string, signal: AbortSignal): Promise<void> {
    return this.#call("removeImage", nameOrId, signal, () => void this.images.delete(nameOrId));
  }

  inspectDistribution(
    image: string,
    { signal }: Parameters<ContainerEngine["inspectDistribution"]>[1],
  ): Promise<Distribution> {
    return this.#call(
      "inspectDistribution",
      image,
      signal,
      () => ({ digest: this.inRegistry, platforms: [] }),
    );
  }

  inspectContainer(nameOrId: string, signal: AbortSignal): Promise<ContainerInspect | undefined> {
    return this.#call("inspectContainer", nameOrId, signal, () => {
      const container = this.containers.get(nameOrId) ?? this.byName(nameOrId);
      return container && inspected(container);
    });
  }

  createContainer(
    { name, body }: Parameters<ContainerEngine["createContainer"]>[0],
    signal: AbortSignal,
  ): Promise<{ id: string; warnings: string[] }> {
    return this.#call("createContainer", name, signal, () => {
      if (this.byName(name) !== undefined) throw new EngineError("create the container", 409, "name taken");
      const id = String(++this.#created);
      const labels = body.Labels ?? {};
      const image = this.#imageId(body.Image ?? "") ?? IMAGE_ID;
      const life = { state: "created", exitCode: 0, health: "none", starts: 0 } as const;
      this.containers.set(id, { id, image, name, labels, ...life });
      return { id, warnings: [] };
    });
  }

  connectNetwork(_network: string, _connection: unknown, signal: AbortSignal): Promise<void> {
    return this.#call("connectNetwork", "", signal, () => {});
  }

  attachContainer(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#call("attachContainer", id, signal, () => this.#stream("attach", id, signal));
  }

  readLog(
    id: string,
    { follow }: Parameters<ContainerEngine["readLog"]>[1],
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    return this.#call("readLog", id, signal, () => {
      const ended = this.#require(id, "read the log of").state === "exited";
      if (follow && !ended) return this.#stream("logs", id, signal);
      return new ReadableStream({ start: (controller) => controller.close() });
    });
  }

  renameContainer(id: string, name: string, signal: AbortSignal): Promise<void> {
    return this.#call("renameContainer", `${id} ${name}`, signal, () => {
      const taken = this.byName(name);
      if (taken !== undefined) throw new EngineError("rename the container", 409, "name taken");
      this.#require(id, "rename").name = name;
    });
  }

  waitContainer(
    id: string,
    condition: Parameters<ContainerEngine["waitContainer"]>[1],
    signal: AbortSignal,
  ): Promise<{ readonly exit: Promise<ContainerExit> }> {
    return this.#call("waitContainer", id, signal, () => {
      const container = this.#require(id, "wait for");
      const exitOf = ({ exitCode }: FakeContainer) => ({ statusCode: exitCode, error: undefined });
      if (condition === "not-running" && container.state !== "running") {
        return { exit: Promise.resolve(exitOf(container)) };
      }
      const { promise: exit, resolve, reject } = Promise.withResolvers<ContainerExit>();
      exit.catch(() => {});
      this.#connect({ kind: "wait", containerId: id, signal }, {
        ended: (container) => resolve(exitOf(container)),
        broken: reject,
      });
      return { exit };
    });
  }

  startContainer(id: string, signal: AbortSignal): Promise<void> {
    return this.#call("startContainer", id, signal, () => {
      const container = this.#require(id, "start");
      Object.assign(container, { state: "running", health: this.healthAfterStart });
      container.starts++;
      this.onStart(container);
    });
  }

  stopContainer(id: string, signal: AbortSignal): Promise<void> {
    return this.#call("stopContainer", id, signal, () => {
      if (this.containers.get(id)?.state === "running") this.exit(id, SIGTERM_EXIT);
    });
  }

  followEvents(
    id: string,
    _kinds: readonly ContainerEvent["action"][],
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerEvent>> {
    return this.#call("followEvents", id, signal, () => {
      // As with a real engine these go on when the container has ended, and when it is removed.
      return new ReadableStream<ContainerEvent>({
        start: (controller) => {
          const broken = (error: unknown) => controller.error(error);
          this.#connect({ kind: "events", containerId: id, signal }, { ended: () => {}, broken });
        },
      });
    });
  }

  removeContainer(id: string, signal: AbortSignal): Promise<void> {
    return this.#call("removeContainer", id, signal, () => {
      if (this.containers.get(id)?.state === "running") this.exit(id, 137);
      this.containers.delete(id);
    });
  }

  createExec(): Promise<string> {
    throw new Error("A service of the fake engine has no commands");
  }

  startExec(): Promise<ReadableStream<Uint8Array>> {
    throw new Error("A service of the fake engine has no commands");
  }

  inspectExec(): Promise<ExecInspect | undefined> {
    throw new Error("A service of the fake engine has no commands");
  }

  /** For a test of a swarm; there is none unless given. */
  swarmEngine: SwarmEngine | undefined;

  swarm(): Promise<SwarmEngine> {
    if (this.swarmEngine === undefined) throw new Error("The fake engine is in no swarm");
    return Promise.resolve(this.swarmEngine);
  }

  /** One call: told, failed if a fault is due, else done. */
  async #call<T>(verb: Verb, detail: string, signal: AbortSignal, act: () => T): Promise<T> {
    const call = `${verb.replace(/Container|Image$|Network|Events/, "")} ${detail}`.trim();
    const number = ++this.#calls;
    this.onCall(call);
    // An answer takes its time.
    await Promise.resolve();
    signal.throwIfAborted();
    if (this.#isAway && verb === "negotiate" && ++this.#pings >= this.backAtPing) this.comeBack();
    if (this.#isAway) throw unreachable("connection refused; is the engine running?");
    const at = this.#faults.findIndex((due) =>
      due.call === number || call === due.call || call.startsWith(`${due.call} `)
    );
    const fault = this.#faults.splice(at === -1 ? Infinity : at, 1)[0]?.fault;
    if (fault === undefined) return act();
    switch (fault.kind) {
      case "refuse":
        throw new EngineError(call, fault.httpStatus, fault.reason);
      case "cut":
        this.cutOff();
        throw unreachable("the connection broke off");
      case "cut_answer":
        act();
        this.cutOff();
        throw unreachable("the connection broke off");
    }
  }

  #imageId(nameOrId: string): string | undefined {
    const ids = [...this.images.values(), ...[...this.containers.values()].map(({ image }) => image)];
    return this.images.get(nameOrId) ?? ids.find((id) => id === nameOrId);
  }

  #require(id: string, what: string): FakeContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw new EngineError(`${what} the container`, 404, "No such container");
    return container;
  }

  #stream(kind: "attach" | "logs", id: string, signal: AbortSignal): ReadableStream<Uint8Array> {
    let stop = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const attached = this.#attached.get(id) ?? new Set();
        this.#attached.set(id, attached.add(controller));
        const over = () => attached.delete(controller);
        stop = this.#connect({ kind, containerId: id, signal }, {
          ended: () => over() && controller.close(),
          broken: (error) => over() && controller.error(error),
        });
      },
      cancel: () => stop(),
    });
  }

  /** Yields what closes the connection from this side. */
  #connect(
    { kind, containerId, signal }: Pick<Connection, "kind" | "containerId"> & {
      readonly signal: AbortSignal;
    },
    { ended, broken }: Pick<Connection, "ended" | "broken">,
  ): () => void {
    const close = () => {
      this.#connections.delete(connection);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      close();
      broken(signal.reason);
    };
    const connection: Connection = {
      kind,
      containerId,
      ended: (container) => {
        close();
        ended(container);
      },
      broken: (error) => {
        close();
        broken(error);
      },
    };
    this.#connections.add(connection);
    signal.addEventListener("abort", onAbort);
    return close;
  }
}

function unreachable(reason: string): EngineUnreachableError {
  return new EngineUnreachableError(SOCKET, reason, true);
}

function inspected({ id, image, name, labels, state, exitCode, health }: FakeContainer): ContainerInspect {
  return {
    Id: id,
    Name: `/${name}`,
    Image: image,
    State: {
      Status: state,
      Running: state === "running",
      Paused: false,
      OOMKilled: false,
      ExitCode: exitCode,
      Error: "",
      StartedAt: new Date().toISOString(),
      FinishedAt: new Date().toISOString(),
      Health: { Status: health, Log: [] },
    },
    Config: { Labels: labels, StopTimeout: null },
    HostConfig: { LogConfig: { Type: "json-file", Config: {} }, Binds: null, NetworkMode: "default" },
    NetworkSettings: { Networks: {} },
  };
}

/** ContainerAttach, "Stream format". */
function frame(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = STDOUT;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}
