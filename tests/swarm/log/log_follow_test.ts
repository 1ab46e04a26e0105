/** A log that is followed through openings: when it is opened anew, and that nothing that has happened is forgotten. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { FollowTimes } from "../../../src/swarm/log/follow_times.ts";
import { LogFollow } from "../../../src/swarm/log/log_follow.ts";

/** Openings that the test answers. */
class Openings {
  readonly asked: { readonly signal: AbortSignal; readonly answer: PromiseWithResolvers<boolean> }[] = [];
  readonly streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  readonly chunks: string[] = [];
  readonly troubles: string[] = [];
  readonly begun: number[] = [];
  readonly follow: LogFollow;
  /** Whether it takes no more for now. */
  rest: { readonly over: Promise<unknown> } | undefined;

  constructor(times: Partial<FollowTimes> = {}) {
    this.follow = new LogFollow({
      open: async (signal) => {
        const answer = Promise.withResolvers<boolean>();
        const number = this.asked.push({ signal, answer });
        const aborted = () => answer.reject(signal.reason);
        signal.addEventListener("abort", aborted, { once: true });
        if (!await answer.promise) return undefined;
        const stream = new ReadableStream<Uint8Array>({
          start: (controller) => {
            this.streams.push(controller);
            signal.addEventListener("abort", () => controller.error(signal.reason), { once: true });
          },
        });
        return { stream, begin: () => this.begun.push(number) };
      },
      take: (chunk) => {
        this.chunks.push(new TextDecoder().decode(chunk));
        return Promise.resolve(this.rest);
      },
      countLines: () => this.chunks.length,
      onTrouble: (error) => this.troubles.push((error as Error).message),
      times: { settlingMs: 1, overlapMs: 1, retryMs: 1, ...times },
    });
    this.follow.start();
  }

  /** Answers the opening of this number, from 1, when it is asked for. */
  async open(number: number): Promise<void> {
    await until(`opening ${number}`, () => this.asked.length >= number);
    this.asked[number - 1]!.answer.resolve(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.follow.close();
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const late = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > late) throw new Error(`Cannot wait any longer for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("what happens while the log is opened has it opened once more", async () => {
  await using log = new Openings();
  await until("the first opening", () => log.asked.length === 1);
  log.follow.disturb();
  await log.open(1);
  await until("the second opening", () => log.asked.length === 2);
  log.follow.disturb();
  await log.open(2);
  await log.open(3);
  await until("the third to be read", () => log.begun.length === 3);
  equal(log.asked.length, 3);
});

Deno.test("the stream before is read on until the next one is open, and a little longer", async () => {
  await using log = new Openings({ overlapMs: 500 });
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  log.follow.disturb();
  await until("the second opening", () => log.asked.length === 2);
  log.streams[0]!.enqueue(new TextEncoder().encode("by the first"));
  await until("the chunk", () => log.chunks.length === 1);
  await log.open(2);
  await until("the second to be open", () => log.streams.length === 2);
  // If it were to be closed at once, it would be now.
  await new Promise((resolve) => setTimeout(resolve, 0));
  log.streams[1]!.enqueue(new TextEncoder().encode("by the second"));
  log.streams[0]!.enqueue(new TextEncoder().encode("last of the first"));
  await until("the second to be read", () => log.begun.length === 2);
  ok(log.asked[0]!.signal.aborted);
  await until("its chunk", () => log.chunks.length === 3);
  deepEqual(log.chunks, ["by the first", "last of the first", "by the second"]);
  deepEqual(log.troubles, []);
});

Deno.test("a stream that breaks while another one is opened: that one is read, and no third", async () => {
  await using log = new Openings();
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  log.follow.disturb();
  await until("the second opening", () => log.asked.length === 2);
  log.streams[0]!.close();
  await until("the first to be over", () => log.troubles.length === 1);
  await log.open(2);
  await until("the second to be read", () => log.begun.length === 2);
  equal(log.asked.length, 2);
});

Deno.test("a log that is silent is opened anew", async () => {
  await using log = new Openings({ patienceMs: 1, longestPatienceMs: 1, deliveryMs: 1 });
  for (const number of [1, 2, 3]) await log.open(number);
  await until("the third to be read", () => log.begun.length === 3);
});

Deno.test("an opening that fails is tried again, while the stream before is read on", async () => {
  await using log = new Openings();
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  log.follow.disturb();
  await until("the second opening", () => log.asked.length === 2);
  log.asked[1]!.answer.reject(new Error("no leader"));
  await log.open(3);
  await until("the third to be read", () => log.begun.length === 2);
  deepEqual(log.troubles, ["no leader"]);
});

Deno.test("what is opened while it can take no more is not kept open", async () => {
  await using log = new Openings();
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  log.follow.disturb();
  await until("the second opening", () => log.asked.length === 2);
  const over = Promise.withResolvers<void>();
  log.rest = { over: over.promise };
  log.streams[0]!.enqueue(new TextEncoder().encode("too much"));
  await until("the first to be closed", () => log.asked[0]!.signal.aborted);
  await log.open(2);
  log.rest = undefined;
  over.resolve();
  await log.open(3);
  await until("the third to be read", () => log.begun.length === 2);
  ok(log.asked[1]!.signal.aborted);
});

Deno.test("when it can take no more, the stream is closed, and the log opened when that is over", async () => {
  await using log = new Openings();
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  const over = Promise.withResolvers<void>();
  log.rest = { over: over.promise };
  log.streams[0]!.enqueue(new TextEncoder().encode("too much"));
  await until("it to be closed", () => log.asked[0]!.signal.aborted);
  equal(log.asked.length, 1);
  log.rest = undefined;
  over.resolve();
  await log.open(2);
  await until("the second to be read", () => log.begun.length === 2);
  deepEqual(log.troubles, []);
});

Deno.test("streams that end at once are not opened as fast as can be", async () => {
  await using log = new Openings({ retryMs: 20 });
  const begunAtMs = performance.now();
  for (const number of [1, 2, 3]) {
    await log.open(number);
    await until("it to be read", () => log.begun.length === number);
    log.streams[number - 1]!.close();
  }
  await until("the fourth opening", () => log.asked.length === 4);
  ok(performance.now() - begunAtMs >= 20 + 40 + 80);
});

Deno.test("where there is no log any more, it is over", async () => {
  await using log = new Openings();
  await log.open(1);
  await until("the first to be read", () => log.begun.length === 1);
  log.follow.disturb();
  await until("the second opening", () => log.asked.length === 2);
  log.asked[1]!.answer.resolve(false);
  log.streams[0]!.enqueue(new TextEncoder().encode("still read"));
  await until("the chunk", () => log.chunks.length === 1);
  equal(log.follow.isOver, false);
  log.streams[0]!.close();
  await until("the third opening", () => log.asked.length === 3);
  log.asked[2]!.answer.resolve(false);
  await until("the end", () => log.follow.isOver);
});

Deno.test("close() ends an opening that is not answered", async () => {
  const log = new Openings();
  await until("the first opening", () => log.asked.length === 1);
  await log.follow.close();
  equal(log.follow.isOver, true);
});
