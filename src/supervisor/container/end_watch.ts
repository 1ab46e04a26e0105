/**
 * The engine's events around a container's end, followed from its beginning: whether somebody has had a signal sent
 * to it, whether it ran out of memory, and whether the engine itself goes down.
 */
import type { ContainerEngine, ContainerEvent } from "../../engine/engine.ts";

/** What came longer ago has nothing to do with an end that comes now, e.g. a SIGHUP that has logs reopened. */
const MEMORY_MS = 300_000;

export class EndWatch {
  readonly #signalled = new Lately("signalled");
  readonly #outOfMemory = new Lately("out_of_memory");
  /** Resolves when the connection breaks off, which an engine that goes down lets happen last. */
  readonly brokenOff: Promise<"broken_off">;

  private constructor(events: AsyncIterable<ContainerEvent>) {
    this.brokenOff = this.#follow(events).then(() => "broken_off", () => "broken_off");
  }

  static async begin(id: string, engine: ContainerEngine, signal: AbortSignal): Promise<EndWatch> {
    return new EndWatch(await engine.followEvents(id, ["kill", "oom"], signal));
  }

  /** For a container that ended while the engine was away: as if the connection had broken off at its end. */
  static brokenOff(): EndWatch {
    return new EndWatch(nothing());
  }

  /** Resolves when a user, or the engine on its way down, has had a signal sent to the container. */
  get signalled(): Promise<"signalled"> {
    return this.#signalled.promise;
  }

  /** Resolves when the kernel has killed a process of the container because there was no more memory for it. */
  get outOfMemory(): Promise<"out_of_memory"> {
    return this.#outOfMemory.promise;
  }

  async #follow(events: AsyncIterable<ContainerEvent>): Promise<void> {
    for await (const action of events) {
      (action === "oom" ? this.#outOfMemory : this.#signalled).note();
    }
  }
}

/** An event that is waited for, and forgotten after a while. */
class Lately<T extends string> {
  #coming = Promise.withResolvers<T>();
  #atMs = Infinity;

  constructor(readonly event: T) {}

  note(): void {
    this.#forget();
    this.#atMs = performance.now();
    this.#coming.resolve(this.event);
  }

  get promise(): Promise<T> {
    this.#forget();
    return this.#coming.promise;
  }

  #forget(): void {
    if (performance.now() - this.#atMs <= MEMORY_MS) return;
    this.#atMs = Infinity;
    this.#coming = Promise.withResolvers();
  }
}

async function* nothing(): AsyncGenerator<never> {}
