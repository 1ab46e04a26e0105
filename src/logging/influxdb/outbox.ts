/**
 * What waits to be written to InfluxDB.
 * In: lines of line protocol, at any time, without waiting. Out: one batch at a time, the oldest first.
 *
 * A *batch* is the lines of one write. Lines are gathered in the batch that is being filled; when that is full or a
 * second old, it waits in memory. When too much waits there, the oldest go to the *spool*, on disk; while InfluxDB takes
 * nothing, all go there at once, so that a program that is killed loses no more than the batch being filled.
 * *Delivery* takes them from here and sends them.
 */
import { type Batch, BatchBuffer } from "./batch.ts";
import type { Spool } from "./spool.ts";
import type { Trouble } from "./trouble.ts";

/** A batch that is so old is sent although it is not full. */
const BATCH_MS = 1000;
/** With more than this in memory, the oldest batches go to the spool. */
const MEMORY_LIMIT_BYTES = 4 * 1024 * 1024;
/** With more than this in memory, because the spool is missing or too slow, the oldest batches are given up. */
const LAST_LIMIT_BYTES = 48 * 1024 * 1024;
/** After a failure to write the spool, until the next try. */
const SPOOL_PAUSE_MS = 60_000;

export interface OutboxOptions {
  readonly spool: Spool | undefined;
  readonly trouble: Pick<Trouble, "dropped" | "spoolFailure">;
  /** Of a clock that is never set. */
  readonly nowMs: () => number;
}

export class Outbox {
  /** The batch that is being filled. Whoever writes a line into it calls `sealWhenDue`. */
  readonly filling = new BatchBuffer();
  readonly #memory: Batch[] = [];
  /** With the batch that is being sent, if it was not in the spool. */
  #memoryBytes = 0;
  /** Runs until the batch that is being filled is old enough to be sent. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #spoolAgainAtMs = 0;
  #spilling: Promise<void> | undefined;
  /** Whether the last batch that was sent came back. */
  #isAway = false;
  /** The batch that is being sent. */
  #taken: { readonly batch: Batch; readonly isSpooled: boolean } | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(readonly options: OutboxOptions) {}

  /** `line`: without its line break. */
  append(line: string): void {
    this.filling.appendLine(line);
    this.sealWhenDue();
  }

  /** Queues the batch that is being filled: at once if it is full, else when it is old enough. */
  sealWhenDue(): void {
    if (this.filling.isFull) this.#seal();
    else this.#timer ??= setTimeout(() => this.#sealIfFirst(), BATCH_MS);
  }

  /** The oldest batch; waits until there is one. Undefined when `signal` is aborted and nothing is left. */
  async take(signal: AbortSignal): Promise<Batch | undefined> {
    const { spool, trouble } = this.options;
    for (;;) {
      const spooled = await spool?.take().catch((error: unknown) => trouble.spoolFailure(error));
      const batch = spooled ?? this.#memory.shift();
      if (batch !== undefined) {
        this.#taken = { batch, isSpooled: spooled !== undefined };
        return batch;
      }
      if (this.filling.length > 0 && (signal.aborted || this.#timer === undefined)) {
        this.#seal();
        continue;
      }
      if (signal.aborted) return undefined;
      const wake = () => this.#wakeUp();
      signal.addEventListener("abort", wake, { once: true });
      await this.#wake.promise;
      signal.removeEventListener("abort", wake);
    }
  }

  /** The batch that was taken is stored or given up. To be called before the next one is taken. */
  async settle(): Promise<void> {
    this.#isAway = false;
    await this.#letGoOfTaken();
  }

  async #letGoOfTaken(): Promise<void> {
    const { spool, trouble } = this.options;
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken?.isSpooled) await spool?.removeTaken().catch((error: unknown) => trouble.spoolFailure(error));
    else if (taken !== undefined) this.#memoryBytes -= taken.batch.bytes.length;
  }

  /** `rest`: what has not been stored of the batch that was taken; it is the next one that is given out. */
  async putBack(rest: Batch): Promise<void> {
    const taken = this.#taken;
    this.#isAway = true;
    // What the spool has as a whole stays there.
    if (taken?.isSpooled && taken.batch.lines === rest.lines) this.#taken = undefined;
    else {
      const isSpooled = this.#mayWriteSpool() && await this.#putInSpool(rest);
      await this.#letGoOfTaken();
      if (!isSpooled) {
        this.#memory.unshift(rest);
        this.#memoryBytes += rest.bytes.length;
      }
    }
    this.#spillIfDue();
    await this.#spilling;
  }

  /** Puts all that is in memory into the spool. `rest`: what has not been sent of the batch that was taken. */
  async close(rest: Batch | undefined): Promise<void> {
    const { spool, trouble } = this.options;
    this.#seal();
    await this.#spilling;
    if (rest !== undefined && this.#taken?.isSpooled === false) this.#memory.unshift(rest);
    const reason = spool === undefined
      ? "STATE_DIRECTORY, where they could wait, is not set"
      : "they can not wait on disk";
    for (const batch of this.#memory.splice(0)) {
      if (!await this.#putInSpool(batch)) trouble.dropped(batch.lines, reason);
    }
  }

  #sealIfFirst(): void {
    this.#timer = undefined;
    // If older batches are queued, keep filling this one.
    if (this.#memory.length === 0) this.#seal();
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.filling.take();
    if (batch === undefined) return;
    this.#memory.push(batch);
    this.#memoryBytes += batch.bytes.length;
    this.#wakeUp();
    this.#spillIfDue();
    while (this.#memoryBytes > LAST_LIMIT_BYTES) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) return;
      this.#memoryBytes -= oldest.bytes.length;
      this.options.trouble.dropped(oldest.lines, "too many wait in memory");
    }
  }

  #spillIfDue(): void {
    if (this.#maySpill()) this.#spilling ??= this.#spill().finally(() => this.#spilling = undefined);
  }

  #maySpill(): boolean {
    return this.#memoryBytes > (this.#isAway ? 0 : MEMORY_LIMIT_BYTES) && this.#mayWriteSpool();
  }

  #mayWriteSpool(): boolean {
    const { spool, nowMs } = this.options;
    return spool !== undefined && nowMs() >= this.#spoolAgainAtMs;
  }

  /** Moves the oldest batches from memory to the spool, until few enough are left. */
  async #spill(): Promise<void> {
    while (this.#maySpill()) {
      const oldest = this.#memory.shift();
      if (oldest === undefined) break;
      if (await this.#putInSpool(oldest)) {
        this.#memoryBytes -= oldest.bytes.length;
      } else {
        this.#memory.unshift(oldest);
      }
    }
  }

  /** False if there is no spool or it could not be written; then it is left alone for a while. */
  async #putInSpool(batch: Batch): Promise<boolean> {
    const { spool, trouble } = this.options;
    const dropped = await spool?.put(batch).catch((error: unknown) => trouble.spoolFailure(error));
    if (dropped === undefined) this.#spoolAgainAtMs = this.options.nowMs() + SPOOL_PAUSE_MS;
    if (dropped) trouble.dropped(dropped, "too many wait on disk");
    return dropped !== undefined;
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
