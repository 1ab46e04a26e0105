import { deepEqual, equal, ok } from "node:assert/strict";
import { after, every } from "../src/timers.ts";

Deno.test("after() calls back in the order of times, none too early, and not if it is disposed of", async () => {
  const called: string[] = [];
  const beganMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<void>();
  const tell = (ms: number) => () => {
    called.push(String(ms));
    ok(performance.now() - beganMs >= ms, `${ms} ms are not over`);
  };
  after(60, tell(60));
  after(20, tell(20));
  const taken = after(30, tell(30));
  after(40, tell(40));
  after(25, () => taken[Symbol.dispose]());
  after(80, resolve);
  await promise;
  deepEqual(called, ["20", "40", "60"]);
});

Deno.test("every() calls back again and again, until it is disposed of", async () => {
  let count = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const ticking = every(5, () => {
    if (++count < 3) return;
    ticking[Symbol.dispose]();
    resolve();
  });
  await promise;
  await new Promise<void>((done) => after(30, done));
  equal(count, 3);
});

Deno.test("a hundred thousand that are taken back at once take no memory with them", () => {
  const before = Deno.memoryUsage().heapUsed;
  for (let count = 0; count < 100_000; count++) after(30_000, () => {})[Symbol.dispose]();
  ok(Deno.memoryUsage().heapUsed - before < 50_000_000);
});
