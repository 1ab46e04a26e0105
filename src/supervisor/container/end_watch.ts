/**
 * The engine's events around a container's end, followed from its beginning: whether somebody has had a signal sent
 * to it, whether it ran out of memory, and whether the engine itself goes down.
 */
import type { ContainerEngine, ContainerEvent } from "../../engine/engine.ts";

export class EndWatch {
  readonly #signalled = Promise.withResolvers<"signalled">();
  readonly #outOfMemory = Promise.withResolvers<"out_of_memory">();
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
      if (action === "oom") this.#outOfMemory.resolve("out_of_memory");
      else this.#signalled.resolve("signalled");
    }
  }
}

async function* nothing(): AsyncGenerator<never> {}
