/**
 * The engine's events around a container's end, followed from its beginning: whether somebody has had a signal sent
 * to it, and whether the engine itself goes down.
 */
import type { ContainerEngine } from "../engine/engine.ts";

export class EndWatch {
  readonly #signalled = Promise.withResolvers<true>();
  /** Resolves when the connection breaks off, which an engine that goes down lets happen last. */
  readonly brokenOff: Promise<true>;

  private constructor(events: ReadableStream<Uint8Array>) {
    this.brokenOff = this.#follow(events).then(() => true, () => true);
  }

  static async begin(id: string, engine: ContainerEngine, signal: AbortSignal): Promise<EndWatch> {
    return new EndWatch(await engine.followSignals(id, signal));
  }

  /** For a container whose end an engine has seen that is gone itself. */
  static brokenOff(): EndWatch {
    return new EndWatch(new ReadableStream({ start: (controller) => controller.close() }));
  }

  /** Resolves when a user, or the engine on its way down, has had a signal sent to the container. */
  get signalled(): Promise<true> {
    return this.#signalled.promise;
  }

  async #follow(events: ReadableStream<Uint8Array>): Promise<void> {
    for await (const _event of events) this.#signalled.resolve(true);
  }
}
