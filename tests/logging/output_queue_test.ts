import { deepEqual, equal } from "node:assert/strict";
import { OutputQueue } from "../../src/logging/output_queue.ts";

Deno.test("OutputQueue gathers what comes during a write, and keeps the order", async () => {
  const pieces: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new OutputQueue(async (bytes) => {
    pieces.push(new TextDecoder().decode(bytes));
    if (pieces.length === 1) await gate.promise;
  }, () => {});
  queue.append("a");
  const first = queue.flush();
  for (const text of ["b", "c", "d"]) queue.append(text);
  const second = queue.flush();
  equal(queue.waitingBytes, 3);
  gate.resolve();
  await Promise.all([first, second]);
  deepEqual(pieces, ["a", "bcd"]);
});

Deno.test("OutputQueue takes pieces larger than its buffer", async () => {
  let written = 0;
  const queue = new OutputQueue((bytes) => {
    written += bytes.length;
    return Promise.resolve();
  }, () => {});
  queue.append("x".repeat(3_000_000));
  queue.append("y");
  await queue.flush();
  equal(written, 3_000_001);
});

Deno.test("OutputQueue reports a broken output once, and goes on without it", async () => {
  const errors: unknown[] = [];
  const queue = new OutputQueue(
    () => Promise.reject(new Error("Broken pipe")),
    (error) => errors.push(error),
  );
  queue.append("a");
  await queue.flush();
  queue.append("b");
  await queue.flush();
  equal(errors.length, 1);
});
