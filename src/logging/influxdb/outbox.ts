/**
 * What waits to be written to InfluxDB, oldest first: on disk, then in memory, then the batch that is being filled.
 * In: lines, at any time, without waiting. Out: one batch at a time, which stays ours until it is settled.
 */
import { type Batch, BatchBuffer } from "./batch.ts";
import type { Spool } from "./spool.ts";

/** After which a batch that has not become full is sent too. */
const BATCH_MS = 1000;
/** What waits in memory before it goes to the disk. */
const MEMORY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Where there is no disk, or it does not keep up. */
const LAST_LIMIT_BYTES = 48 * 1024 * 1024;

export interface OutboxOptions {
  readonly spool: Spool | undefined;
  /** Lines have been given up, since there was no room for them. */
  readonly onDropped: (lines: number, reason: string) => void;
  /** The disk is not used any more. */
  readonly onSpoolFailure: (error: unknown) => void;
}

export class Outbox {
  readonly filling = new BatchBuffer();
  readonly #memory: Batch[] = [];
  #memoryBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #spool: Spool | undefined;
  #spilling: Promise<void> | undefined;
  /** The batch that is being sent. */
  #taken: { readonly batch: Batch; readonly isSpooled: boolean } | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(readonly options: OutboxOptions) {
    this.#spool = options.spool;
  }

  /** To be called behind every line that is put into `filling`. */
  added(): void {
    if (this.filling.isFull) this.seal();
    else this.#timer ??= setTimeout(() => this.seal(), BATCH_MS);
  }

  /** What is being filled is to be sent. */
  seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Behind others that wait, a short batch can as well grow.
    if (this.#memory.length > 0 && !this.filling.isFull) return;
    this.#queueFilling();
  }

  /** The oldest batch; waits until there is one. Undefined when `signal` is aborted and nothing is left. */
  async take(signal: AbortSignal): Promise<Batch | undefined> {
    for (;;) {
      const batch = await this.#takeSpooled() ?? this.#takeFromMemory();
      if (batch !== undefined) return batch;
      if (this.filling.length > 0 && (signal.aborted || this.#timer === undefined)) {
        this.#queueFilling();
        continue;
      }
      if (signal.aborted) return undefined;
      const wake = () => this.#wakeUp();
      signal.addEventListener("abort", wake, { once: true });
      await this.#wake.promise;
      signal.removeEventListener("abort", wake);
    }
  }

  /** The batch that was taken is stored, or given up. */
  async settle(): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken?.isSpooled) await this.#onDisk((spool) => spool.removeTaken());
    else if (taken !== undefined) this.#memoryBytes -= taken.batch.bytes.length;
  }

  /** Nobody takes any more: all that is in memory goes to the disk. `rest`: what is left of the batch that was taken. */
  async close(rest: Batch | undefined): Promise<void> {
    clearTimeout(this.#timer);
    this.#queueFilling();
    await this.#spilling;
    if (rest !== undefined && this.#taken?.isSpooled === false) this.#memory.unshift(rest);
    for (const batch of this.#memory.splice(0)) await this.#putOnDisk(batch);
  }

  #queueFilling(): void {
    const batch = this.filling.take();
    if (batch === undefined) return;
    this.#memory.push(batch);
    this.#memoryBytes += batch.bytes.length;
    this.#wakeUp();
    if (this.#memoryBytes > MEMORY_LIMIT_BYTES && this.#spool !== undefined) this.#spilling ??= this.#spill();
    while (this.#memoryBytes > LAST_LIMIT_BYTES) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) return;
      this.#memoryBytes -= oldest.bytes.length;
      this.options.onDropped(oldest.lines, "too many wait in memory");
    }
  }

  async #spill(): Promise<void> {
    while (this.#memoryBytes > MEMORY_LIMIT_BYTES && this.#spool !== undefined) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) break;
      await this.#putOnDisk(oldest);
      this.#memoryBytes -= oldest.bytes.length;
    }
    this.#spilling = undefined;
  }

  async #putOnDisk(batch: Batch): Promise<void> {
    const dropped = await this.#onDisk((spool) => spool.put(batch));
    if (dropped === undefined) {
      this.options.onDropped(batch.lines, "they can not wait on disk (STATE_DIRECTORY)");
    } else if (dropped > 0) this.options.onDropped(dropped, "too many wait on disk");
  }

  /** A disk that fails is not asked again. */
  async #onDisk<T>(operation: (spool: Spool) => Promise<T>): Promise<T | undefined> {
    try {
      return this.#spool && await operation(this.#spool);
    } catch (error) {
      this.#spool = undefined;
      this.options.onSpoolFailure(error);
      return undefined;
    }
  }

  async #takeSpooled(): Promise<Batch | undefined> {
    if (this.#spool === undefined || this.#spool.isEmpty) return undefined;
    const batch = await this.#onDisk((spool) => spool.take());
    if (batch !== undefined) this.#taken = { batch, isSpooled: true };
    return batch;
  }

  #takeFromMemory(): Batch | undefined {
    const batch = this.#memory.shift();
    if (batch !== undefined) this.#taken = { batch, isSpooled: false };
    return batch;
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
