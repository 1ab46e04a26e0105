import { deepEqual, equal, ok } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import { Outbox } from "../../../src/logging/influxdb/outbox.ts";
import { Spool } from "../../../src/logging/influxdb/spool.ts";
import { poll } from "../../support/event_log.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const LINE = "x".repeat(1000);
const MIB = 1024 * 1024;

/** Lines that are numbered, so that what comes out can be told. */
function fill(outbox: Outbox, from: number, to: number): void {
  for (let number = from; number < to; number++) {
    outbox.append(`${number} ${LINE}`);
  }
}

/** With a spool in the folder. */
async function openOutbox({ path }: TempDir): Promise<Outbox> {
  return new Outbox({
    spool: await Spool.open(path, { limitBytes: 64 * MIB, host: denoHost() }),
    trouble: { dropped: () => {}, spoolFailure: () => {} },
    nowMs: () => 0,
  });
}

/** Takes all there is, and yields the numbers. */
async function takeAll(outbox: Outbox): Promise<number[]> {
  const numbers: number[] = [];
  for (;;) {
    const batch = await outbox.take(AbortSignal.abort());
    if (batch === undefined) break;
    for (const line of new TextDecoder().decode(batch.bytes).split("\n").slice(0, -1)) {
      numbers.push(parseInt(line));
    }
    await outbox.settle();
  }
  await outbox.close(undefined);
  return numbers.sort((a, b) => a - b);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

Deno.test("Outbox loses nothing when the disk can not be written, while memory has room", async () => {
  await using dir = await tempDir();
  const failures: unknown[] = [];
  const host = { ...denoHost(), appendFile: () => Promise.reject(new Error("no space left on device")) };
  const outbox = new Outbox({
    spool: await Spool.open(dir.path, { limitBytes: 64 * MIB, host }),
    trouble: {
      dropped: (_, reason) => failures.push(reason),
      spoolFailure: (error) => void failures.push(error),
    },
    nowMs: () => 0,
  });
  fill(outbox, 0, 10_000);
  deepEqual(await takeAll(outbox), range(0, 10_000));
  // The disk is not asked for every batch.
  deepEqual(failures.map(String), ["Error: no space left on device"]);
});

Deno.test("Outbox without a disk drops the oldest beyond its limit, and counts them", async () => {
  let dropped = 0;
  const outbox = new Outbox({
    spool: undefined,
    trouble: { dropped: (lines) => dropped += lines, spoolFailure: () => {} },
    nowMs: () => 0,
  });
  fill(outbox, 0, 60_000);
  const numbers = await takeAll(outbox);
  ok(dropped > 0);
  deepEqual(numbers, range(dropped, 60_000));
  ok(numbers.length * LINE.length <= 48 * MIB);
});

Deno.test("Outbox has all on disk but the batch being filled, once a batch has come back", async () => {
  await using dir = await tempDir();
  const killed = await openOutbox(dir);
  fill(killed, 0, 1000);
  const taken = await killed.take(AbortSignal.abort());
  await killed.putBack(taken!);
  fill(killed, 1000, 3000);
  // A batch is full with half a MiB; the last one is being filled.
  const least = 3000 - MIB / 2 / LINE.length;
  await poll(10_000, "all full batches on disk", async () => {
    const { files } = await Spool.open(dir.path, { limitBytes: 64 * MIB, host: denoHost() });
    return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > least * LINE.length || undefined;
  });
  const numbers = await takeAll(await openOutbox(dir));
  deepEqual(numbers, range(0, numbers.length));
  ok(numbers.length > least, `${numbers.length} of at least ${least}`);
  await killed.close(undefined);
});

Deno.test("Outbox touches no disk while batches are stored", async () => {
  await using dir = await tempDir();
  const outbox = await openOutbox(dir);
  fill(outbox, 0, 2000);
  // It was away, and is there again.
  await outbox.putBack((await outbox.take(AbortSignal.abort()))!);
  while ((await outbox.take(AbortSignal.abort())) !== undefined) await outbox.settle();
  fill(outbox, 2000, 4000);
  deepEqual((await takeAll(outbox)).at(-1), 3999);
  deepEqual(await Array.fromAsync(Deno.readDir(dir.path)), []);
});

Deno.test("Outbox puts what is left on the disk at its end, also the rest of what was being sent", async () => {
  await using dir = await tempDir();
  const first = await openOutbox(dir);
  fill(first, 0, 1000);
  const taken = await first.take(AbortSignal.abort());
  await first.close(taken);
  equal((await takeAll(await openOutbox(dir))).join(), range(0, 1000).join());
});
