/**
 * Looking at a Swarm service: again and again, since the swarm tells nothing of tasks by itself, and at once when it tells
 * something of the service or a node.
 * In: a service. Out: looks; and for the log, which tasks there are, and when nodes have come and gone.
 */
import type { SwarmEvent } from "../engine/swarm_engine.ts";
import { EngineError, EngineUnreachableError } from "../errors.ts";
import { pause } from "../host/pause.ts";
import { NO_MANAGER_GRACE_MS, standingOf } from "./reach_swarm.ts";
import type { ServiceState } from "./service_state.ts";
import type { SwarmContext } from "./swarm_context.ts";

export type Look =
  | { readonly kind: "seen"; readonly state: ServiceState }
  /** The service is not there any more. */
  | { readonly kind: "gone" }
  /** This engine is no manager any more. */
  | { readonly kind: "no_manager"; readonly reason: string }
  /** Nothing is known just now: the swarm has no leader, or the engine does not answer. */
  | { readonly kind: "silent"; readonly whose: "engine" | "swarm"; readonly error: Error };

export interface ServiceWatchOptions {
  /** Called with each look that has seen something. */
  readonly onSeen: (state: ServiceState) => void;
  /** Called when a node has changed, or may have, unseen: undefined. */
  readonly onNode: (nodeId: string | undefined) => void;
}

const REOPEN_INTERVAL_MS = 1000;
/** Where it may not be asked for events, asking each second would only keep it busy. */
const REFUSED_INTERVAL_MS = 60_000;

export class ServiceWatch implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #following: Promise<void>;
  /** Set by an event, until the next look. */
  #isNews = false;
  #wake: (() => void) | undefined;
  #noManagerSinceMs: number | undefined;
  #isRefusalTold = false;
  /** What the last look has seen that saw something. */
  last: ServiceState | undefined;

  constructor(
    readonly serviceId: string,
    readonly context: SwarmContext,
    readonly options: ServiceWatchOptions,
  ) {
    this.#following = this.#follow();
  }

  /** Looks now. @throws the signal's reason */
  async look(signal: AbortSignal): Promise<Look> {
    this.#isNews = false;
    try {
      const state = await this.#see(signal);
      if (state === undefined) return { kind: "gone" };
      this.last = state;
      this.#noManagerSinceMs = undefined;
      this.options.onSeen(state);
      return { kind: "seen", state };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineUnreachableError) return this.#engineAway(error);
      if (!(error instanceof EngineError)) throw error;
      return await this.#explain(error, signal);
    }
  }

  /** Resolves after that time, or as soon as the swarm tells something. @throws the signal's reason */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isNews) return;
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    const over = new AbortController();
    try {
      await Promise.race([woken, pause(ms, AbortSignal.any([signal, over.signal]))]);
    } finally {
      this.#wake = undefined;
      over.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#following;
  }

  async #see(signal: AbortSignal): Promise<ServiceState | undefined> {
    const { swarmEngine } = this.context;
    const service = await swarmEngine.inspectService(this.serviceId, signal);
    if (service === undefined) return undefined;
    try {
      const [tasks, renewed, nodes] = await Promise.all([
        swarmEngine.listTasks({ service: service.ID }, signal),
        swarmEngine.listTasks({ service: service.ID, upToDate: true }, signal),
        swarmEngine.listNodes(signal),
      ]);
      const upToDate = new Set(renewed.map(({ ID }) => ID));
      return { service, tasks, upToDate, nodes: new Map(nodes.map((node) => [node.ID, node])) };
    } catch (error) {
      // It was removed in between.
      if (error instanceof EngineError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  /** Why the swarm refuses to tell. */
  async #explain(error: EngineError, signal: AbortSignal): Promise<Look> {
    try {
      const standing = standingOf(await this.context.swarmEngine.swarmInfo(signal));
      if (standing.kind === "manager") return { kind: "silent", whose: "swarm", error };
      const { kind, reason } = standing;
      this.#noManagerSinceMs = kind === "no_manager"
        ? this.#noManagerSinceMs ?? performance.now()
        : undefined;
      const isSure = performance.now() - (this.#noManagerSinceMs ?? Infinity) >= NO_MANAGER_GRACE_MS;
      if (kind === "no_manager" && isSure) return { kind, reason };
      return { kind: "silent", whose: "swarm", error: new Error(reason) };
    } catch (unreachable) {
      signal.throwIfAborted();
      if (!(unreachable instanceof EngineUnreachableError)) throw unreachable;
      return this.#engineAway(unreachable);
    }
  }

  #engineAway(error: EngineUnreachableError): Look {
    this.#noManagerSinceMs = undefined;
    return { kind: "silent", whose: "engine", error };
  }

  async #follow(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      let isRefused = false;
      try {
        for await (const event of await this.context.swarmEngine.followSwarmEvents(signal)) this.#note(event);
      } catch (error) {
        if (signal.aborted) return;
        isRefused = error instanceof EngineError && error.httpStatus < 500;
        if (isRefused) this.#tellRefusal(error as EngineError);
      }
      // What has happened since is not told again.
      this.options.onNode(undefined);
      this.#tell();
      await pause(isRefused ? REFUSED_INTERVAL_MS : REOPEN_INTERVAL_MS, signal).catch(() => {});
    }
  }

  #tellRefusal({ message }: EngineError): void {
    if (this.#isRefusalTold) return;
    this.#isRefusalTold = true;
    const words = `${message}; without events, tasks and nodes are looked at every few seconds`;
    this.context.logger.log({ severity: "warn", source: "docker", message: words });
  }

  #note({ type, id }: SwarmEvent): void {
    if (type === "node") this.options.onNode(id);
    if (type === "node" || id === this.serviceId) this.#tell();
  }

  #tell(): void {
    this.#isNews = true;
    this.#wake?.();
  }
}
