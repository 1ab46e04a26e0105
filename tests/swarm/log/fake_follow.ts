/** One opening of a task's log, as a stream that is read when its reader asks for it, in chunks that the test cuts. */
import type { Instant } from "../../../src/logging/log_record.ts";
import type { FakeTask } from "./fake_swarm.ts";

export interface FakeFollowOptions {
  readonly signal: AbortSignal;
  /** How many bytes the next chunk may have; undefined: as many as there are. */
  readonly nextCut: () => number | undefined;
}

export class FakeFollow {
  readonly stream: ReadableStream<Uint8Array>;
  /** Whether it was closed, or has been ended. */
  isOver = false;
  /** Whether its node sends what the task writes. */
  isHeard = false;
  /** Whether its node has sent, and sends nothing more of it. */
  #isSilent = false;
  /** Whether the reader waits for more. */
  #isAsked = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #waiting: Uint8Array[] = [];
  #rest: Uint8Array | undefined;
  #wake: () => void = () => {};

  constructor(
    readonly task: FakeTask,
    readonly since: Instant | undefined,
    readonly options: FakeFollowOptions,
  ) {
    const { signal } = options;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        signal.addEventListener("abort", () => {
          this.isOver = true;
          controller.error(signal.reason);
          this.#wake();
        }, { once: true });
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.isOver = true;
      },
    }, { highWaterMark: 0 });
  }

  /** Whether it is read, and all that was sent is taken. */
  get isDrained(): boolean {
    return !this.isOver && this.#isAsked && this.#rest === undefined && this.#waiting.length === 0;
  }

  /** How much has been sent and not been asked for. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The node learns of it; false if it knows of it already. */
  listen(): boolean {
    if (this.isHeard || this.#isSilent) return false;
    return this.isHeard = true;
  }

  fallSilent(): void {
    this.#isSilent ||= this.isHeard;
    this.isHeard = false;
  }

  forget(): void {
    this.#isSilent = this.isHeard = false;
  }

  send(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#wake();
  }

  async #pull(): Promise<void> {
    this.#isAsked = true;
    while (this.#rest === undefined && this.#waiting.length === 0) {
      if (this.isOver) return this.#close();
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#rest ?? this.#waiting.shift()!;
    const length = Math.min(bytes.length, this.options.nextCut() ?? Infinity);
    this.#rest = length < bytes.length ? bytes.subarray(length) : undefined;
    this.#isAsked = false;
    this.#controller.enqueue(bytes.slice(0, length));
  }

  #close(): void {
    if (!this.options.signal.aborted) this.#controller.close();
  }
}
