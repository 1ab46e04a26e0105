/**
 * Batch after batch to InfluxDB, one at a time, until each is stored or known to be no good.
 * What was sent and not answered is sent again: the same point twice is one point.
 */
import { type Answer, backoffMs, verdictOf } from "./answer.ts";
import { type Batch, halve, join } from "./batch.ts";
import type { Write } from "./http_write.ts";
import type { Outbox } from "./outbox.ts";
import type { Trouble } from "./trouble.ts";

/** A wrong token does not get better by asking often. */
const REFUSED_WAIT_MS = 60_000;

export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly write: Write;
  readonly trouble: Trouble;
}

/** A batch, or a piece of one that the server did not take as a whole. */
interface Piece {
  readonly batch: Batch;
  /** A half of lines of which some are no good is not cut again. */
  readonly isBisected: boolean;
}

export class Delivery {
  readonly #closing = new AbortController();
  /** Aborts the request that is under way. */
  readonly #deadline = new AbortController();
  readonly #done: Promise<Batch | undefined>;
  #failures = 0;

  constructor(readonly options: DeliveryOptions) {
    this.#done = this.#run().catch((error: unknown) => {
      // A defect of ours must not end the service.
      options.trouble.broken(error);
      return undefined;
    });
  }

  /** Sends what there is for at most `graceMs`; what is left goes to the disk. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(
      () => this.#deadline.abort(new Error("no answer before the end of the program")),
      graceMs,
    );
    this.#closing.abort();
    const rest = await this.#done;
    clearTimeout(timer);
    await this.options.outbox.close(rest);
  }

  /** Yields what is left of the batch at which it had to end. */
  async #run(): Promise<Batch | undefined> {
    const { outbox } = this.options;
    for (;;) {
      const batch = await outbox.take(this.#closing.signal);
      if (batch === undefined) return undefined;
      const rest = await this.#deliver(batch);
      if (rest !== undefined) return rest;
      await outbox.settle();
    }
  }

  /** Undefined when it is done with; else what is left, when there is no more time. */
  async #deliver(batch: Batch): Promise<Batch | undefined> {
    const pieces: Piece[] = [{ batch, isBisected: false }];
    for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
      if (this.#deadline.signal.aborted) break;
      const { trouble } = this.options;
      const verdict = verdictOf(await this.#write(piece.batch), Date.now());
      switch (verdict.kind) {
        case "stored":
          this.#failures = 0;
          trouble.over();
          pieces.shift();
          break;
        case "bad_lines":
          pieces.splice(0, 1, ...this.#cut(piece, !piece.isBisected, { ...verdict, isBisected: true }));
          break;
        case "too_large":
          pieces.splice(0, 1, ...this.#cut(piece, true, { ...verdict, isBisected: piece.isBisected }));
          break;
        case "refused":
          trouble.refused(verdict.reason);
          await this.#pause(REFUSED_WAIT_MS);
          break;
        case "away":
          this.#failures++;
          trouble.away(verdict.reason);
          await this.#pause(verdict.waitMs ?? backoffMs(this.#failures, Math.random()));
      }
      if (this.#closing.signal.aborted && (verdict.kind === "refused" || verdict.kind === "away")) break;
    }
    return pieces.length === 0 ? undefined : join(pieces.map(({ batch }) => batch));
  }

  #write({ bytes }: Batch): Promise<Answer> {
    return this.options.write(bytes, this.#deadline.signal);
  }

  /** Two halves, or nothing where it can not be cut: then the lines are given up. */
  #cut(
    { batch }: Piece,
    mayCut: boolean,
    { reason, isBisected }: { readonly reason: string; readonly isBisected: boolean },
  ): Piece[] {
    if (mayCut && batch.lines > 1) return halve(batch).map((half) => ({ batch: half, isBisected }));
    this.options.trouble.dropped(batch.lines, reason);
    return [];
  }

  /** Ends early when the program does. */
  #pause(waitMs: number): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
    return promise;
  }
}
