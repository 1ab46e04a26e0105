/**
 * The engine's events about a container, followed from its beginning: whether it is paused, and, when it has ended,
 * what led to that: signals that somebody had sent to it, want of memory, an engine that goes down.
 */
import type { ContainerEngine, ContainerEvent } from "./engine.ts";

/** What came longer ago has nothing to do with an end that comes now, e.g. a SIGHUP that has logs reopened. */
const MEMORY_MS = 300_000;

export class EventWatch {
  readonly #signalled = new Lately("signalled");
  readonly #outOfMemory = new Lately("out_of_memory");
  #signals: { readonly number: number; readonly atMs: number }[] = [];
  #unpausedAtMs = -Infinity;
  /** Resolves when the connection breaks off, which an engine that goes down lets happen last. */
  readonly brokenOff: Promise<"broken_off">;
  isBrokenOff = false;
  /** Called when it has been paused, and when it goes on. */
  onPause: () => void = () => {};

  private constructor(events: AsyncIterable<ContainerEvent>, public isPaused: boolean) {
    this.brokenOff = this.#follow(events).catch(() => {}).then(() => {
      this.isBrokenOff = true;
      return "broken_off";
    });
  }

  /** `isPaused`: whether the container is so already. */
  static async begin(
    id: string,
    engine: ContainerEngine,
    { signal, isPaused = false }: { readonly signal: AbortSignal; readonly isPaused?: boolean },
  ): Promise<EventWatch> {
    const events = await engine.followEvents(id, ["kill", "oom", "pause", "unpause"], signal);
    return new EventWatch(events, isPaused);
  }

  /** For a container that ended while the engine was away: as if the connection had broken off at its end. */
  static brokenOff(): EventWatch {
    return new EventWatch(nothing(), false);
  }

  /** Resolves when a user, or the engine on its way down, has had a signal sent to the container. */
  get signalled(): Promise<"signalled"> {
    return this.#signalled.promise;
  }

  /** Resolves when the kernel has killed a process of the container because there was no more memory for it. */
  get outOfMemory(): Promise<"out_of_memory"> {
    return this.#outOfMemory.promise;
  }

  /** The numbers of the signals that were sent of late, in order. */
  get signals(): readonly number[] {
    const sinceMs = performance.now() - MEMORY_MS;
    return this.#signals.filter(({ atMs }) => atMs >= sinceMs).map(({ number }) => number);
  }

  /** `atMs`: by `performance.now()`. */
  wasPausedSince(atMs: number): boolean {
    return this.isPaused || this.#unpausedAtMs >= atMs;
  }

  async #follow(events: AsyncIterable<ContainerEvent>): Promise<void> {
    for await (const { action, signal } of events) {
      if (action === "oom") this.#outOfMemory.note();
      else if (action === "kill") this.#noteSignal(signal);
      else this.#pause(action === "pause");
    }
  }

  #noteSignal(number: number): void {
    // More than the last ones nobody asks for.
    this.#signals = [...this.#signals.slice(-9), { number, atMs: performance.now() }];
    this.#signalled.note();
  }

  #pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (!isPaused) this.#unpausedAtMs = performance.now();
    this.onPause();
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
