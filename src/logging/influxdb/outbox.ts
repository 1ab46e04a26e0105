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
/** A disk that could not be written is left alone for so long. */
const DISK_PAUSE_MS = 60_000;

export interface OutboxOptions {
  readonly spool: Spool | undefined;
  /** Lines have been given up, since there was no room for them. */
  readonly onDropped: (lines: number, reason: string) => void;
  /** The disk could not be written, or read. */
  readonly onSpoolFailure: (error: unknown) => void;
  /** Of a clock that is never set. */
  readonly nowMs: () => number;
}

export class Outbox {
  readonly filling = new BatchBuffer();
  readonly #memory: Batch[] = [];
  #memoryBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the disk may be written. */
  #spillFromMs = 0;
  #spilling: Promise<void> | undefined;
  /** The batch that is being sent. */
  #taken: { readonly batch: Batch; readonly isSpooled: boolean } | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(readonly options: OutboxOptions) {}

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
    if (taken?.isSpooled) await this.options.spool?.removeTaken().catch(this.options.onSpoolFailure);
    else if (taken !== undefined) this.#memoryBytes -= taken.batch.bytes.length;
  }

  /** Nobody takes any more: all that is in memory goes to the disk. `rest`: what is left of the batch that was taken. */
  async close(rest: Batch | undefined): Promise<void> {
    clearTimeout(this.#timer);
    this.#queueFilling();
    await this.#spilling;
    if (rest !== undefined && this.#taken?.isSpooled === false) this.#memory.unshift(rest);
    for (const batch of this.#memory.splice(0)) {
      if (await this.#putOnDisk(batch)) continue;
      const { spool } = this.options;
      this.options.onDropped(
        batch.lines,
        spool === undefined
          ? "STATE_DIRECTORY, where they could wait, is not set"
          : "they can not wait on disk",
      );
    }
  }

  #queueFilling(): void {
    const batch = this.filling.take();
    if (batch === undefined) return;
    this.#memory.push(batch);
    this.#memoryBytes += batch.bytes.length;
    this.#wakeUp();
    if (this.#isToSpill()) this.#spilling ??= this.#spill().finally(() => this.#spilling = undefined);
    while (this.#memoryBytes > LAST_LIMIT_BYTES) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) return;
      this.#memoryBytes -= oldest.bytes.length;
      this.options.onDropped(oldest.lines, "too many wait in memory");
    }
  }

  #isToSpill(): boolean {
    const { spool, nowMs } = this.options;
    return spool !== undefined && this.#memoryBytes > MEMORY_LIMIT_BYTES && nowMs() >= this.#spillFromMs;
  }

  async #spill(): Promise<void> {
    while (this.#isToSpill()) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) break;
      if (await this.#putOnDisk(oldest)) {
        this.#memoryBytes -= oldest.bytes.length;
      } else {
        this.#memory.unshift(oldest);
        this.#spillFromMs = this.options.nowMs() + DISK_PAUSE_MS;
      }
    }
  }

  /** Whether that could be done. */
  async #putOnDisk(batch: Batch): Promise<boolean> {
    const { spool, onDropped, onSpoolFailure } = this.options;
    if (spool === undefined) return false;
    try {
      const dropped = await spool.put(batch);
      if (dropped > 0) onDropped(dropped, "too many wait on disk");
      return true;
    } catch (error) {
      onSpoolFailure(error);
      return false;
    }
  }

  async #takeSpooled(): Promise<Batch | undefined> {
    const { spool, onSpoolFailure } = this.options;
    if (spool === undefined || spool.isEmpty) return undefined;
    try {
      const batch = await spool.take();
      if (batch !== undefined) this.#taken = { batch, isSpooled: true };
      return batch;
    } catch (error) {
      onSpoolFailure(error);
      return undefined;
    }
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
