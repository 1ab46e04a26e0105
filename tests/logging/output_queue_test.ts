import { deepEqual, equal, ok, rejects } from "node:assert/strict";
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

Deno.test("OutputQueue throws away what comes after a write has failed, however much that is", async () => {
  let writes = 0;
  const errors: unknown[] = [];
  const failing = Promise.withResolvers<void>();
  const queue = new OutputQueue(() => {
    writes++;
    return failing.promise;
  }, (error) => errors.push(error));
  queue.append("a");
  const first = queue.flush();
  queue.append("comes during the write");
  failing.reject(new Error("Broken pipe"));
  await first;
  equal(queue.waitingBytes, 0);
  for (let count = 0; count < 5000; count++) {
    // Some flushes are waited for, others are made while one is under way, and some bytes come without any.
    queue.append("x".repeat(1000));
    if (count % 3 === 0) void queue.flush();
    if (count % 7 === 0) await queue.flush();
    equal(queue.waitingBytes, 0);
  }
  const { buffer } = queue.reserve(1000);
  ok(buffer.length < 1024 * 1024, `${buffer.length} bytes are kept`);
  await queue.flush();
  equal(queue.stalledMs, 0);
  deepEqual([writes, errors.length], [1, 1]);
});

Deno.test("OutputQueue throws away what comes after a write has failed, also where nobody may say so", async () => {
  const queue = new OutputQueue(() => Promise.reject(new Error("Broken pipe")), () => {
    throw new Error("and no place to say so");
  });
  queue.append("a");
  const first = queue.flush();
  queue.append("b");
  const second = queue.flush();
  await rejects(first, { message: "and no place to say so" });
  await second;
  queue.append("c");
  await queue.flush();
  equal(queue.waitingBytes, 0);
});

Deno.test("OutputQueue.flush() does not wait for what comes after it", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const queue = new OutputQueue(() => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  }, () => {});
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
  queue.append("a");
  const first = queue.flush();
  await settle();
  queue.append("b");
  gates[0]!.resolve();
  await first;
  const second = queue.flush();
  equal(queue.waitingBytes, 0);
  await settle();
  gates[1]!.resolve();
  await second;
  equal(gates.length, 2);
});

Deno.test("OutputQueue writes one thing at a time, and each flush() waits for what was there before it", async () => {
  let written = "";
  let underWay = 0;
  const errors: unknown[] = [];
  const queue = new OutputQueue(async (bytes) => {
    equal(underWay++, 0);
    const text = new TextDecoder().decode(bytes);
    for (let turn = text.length % 5; turn > 0; turn--) await undefined;
    written += text;
    underWay--;
  }, (error) => errors.push(error));
  let appended = "";
  const flushes: Promise<void>[] = [];
  for (let count = 0; count < 1000; count++) {
    queue.append(`${count},`);
    appended += `${count},`;
    const expected = appended;
    if (count % 3 !== 0) flushes.push(queue.flush().then(() => ok(written.startsWith(expected), `${count}`)));
    for (let turn = count * count % 11; turn > 0; turn--) await undefined;
  }
  await Promise.all([...flushes, queue.flush()]);
  deepEqual(errors, []);
  equal(written, appended);
});
