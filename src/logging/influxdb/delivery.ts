/**
 * Takes batch after batch from the outbox and writes it to InfluxDB, one at a time: it is stored, given up, or goes back
 * into the outbox, for later.
 * A write that was not answered is sent again, though the server may have stored it: the same point twice is one point,
 * https://docs.influxdata.com/influxdb/v2/write-data/best-practices/duplicate-points/
 */
import { pause } from "../../host/pause.ts";
import { backoffMs, verdictOf } from "./answer.ts";
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

/** A batch, or a part of one that the server did not take as a whole. */
interface Piece {
  readonly batch: Batch;
  /** Whether it is a half of lines that the server has called bad. */
  readonly hadBadLines: boolean;
}

/** Begins at once, and goes on until it is closed. */
export class Delivery {
  readonly #closing = new AbortController();
  /** Aborts the request that is under way. */
  readonly #deadline = new AbortController();
  readonly #done: Promise<Batch | undefined>;
  #failures = 0;
  /** Until the next try. */
  #waitMs = 0;

  constructor(readonly options: DeliveryOptions) {
    this.#done = this.#run().catch((error: unknown) => {
      // A bug in here must not end the service.
      options.trouble.broken(error);
      return undefined;
    });
  }

  /** Sends what is left in the outbox, for at most `graceMs`; the rest goes to the spool. */
  async close(graceMs: number): Promise<void> {
    const late = new Error("no answer before the end of the program");
    const timer = setTimeout(() => this.#deadline.abort(late), graceMs);
    this.#closing.abort();
    const rest = await this.#done;
    clearTimeout(timer);
    await this.options.outbox.close(rest);
  }

  /** Runs until it is closed; yields what was not sent of the last batch. */
  async #run(): Promise<Batch | undefined> {
    const { outbox } = this.options;
    for (;;) {
      const batch = await outbox.take(this.#closing.signal);
      if (batch === undefined) return undefined;
      const rest = await this.#deliver(batch);
      if (rest === undefined) {
        await outbox.settle();
        continue;
      }
      if (this.#closing.signal.aborted) return rest;
      await outbox.putBack(rest);
      // Ends early when it is closed.
      await pause(this.#waitMs, this.#closing.signal).catch(() => {});
    }
  }

  /** Undefined when all of the batch is stored or given up; else what is left of it, for later. */
  async #deliver(batch: Batch): Promise<Batch | undefined> {
    const { write, trouble } = this.options;
    const pieces: Piece[] = [{ batch, hadBadLines: false }];
    for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
      if (this.#deadline.signal.aborted) break;
      const verdict = verdictOf(await write(piece.batch.bytes, this.#deadline.signal), Date.now());
      switch (verdict.kind) {
        case "stored":
          this.#failures = 0;
          trouble.over();
          pieces.shift();
          continue;
        case "bad_lines":
        case "too_large":
          pieces.splice(0, 1, ...this.#cut(piece, verdict));
          continue;
        case "refused":
          trouble.begin(verdict);
          this.#waitMs = REFUSED_WAIT_MS;
          break;
        case "away":
          trouble.begin(verdict);
          this.#waitMs = verdict.waitMs ?? backoffMs(++this.#failures, Math.random());
      }
      break;
    }
    return pieces.length === 0 ? undefined : join(pieces.map(({ batch }) => batch));
  }

  /** Yields two halves. Gives up, and yields nothing, for a single line, or a half that has bad lines again. */
  #cut(
    { batch, hadBadLines }: Piece,
    { kind, reason }: { readonly kind: "bad_lines" | "too_large"; readonly reason: string },
  ): Piece[] {
    const hasBadLines = kind === "bad_lines";
    if (batch.lines > 1 && !(hasBadLines && hadBadLines)) {
      return halve(batch).map((half) => ({ batch: half, hadBadLines: hadBadLines || hasBadLines }));
    }
    this.options.trouble.dropped(batch.lines, reason);
    return [];
  }
}
