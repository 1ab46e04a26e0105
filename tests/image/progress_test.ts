import { deepEqual, equal } from "node:assert/strict";
import { Progress } from "../../src/image/progress.ts";

Deno.test({
  name: "Progress shows the first status at once, and what changes all the time twice a second",
  permissions: "none",
}, () => {
  const shown: (string | undefined)[] = [];
  let nowMs = 0;
  const notifier = { send: ({ status }: { status?: string }) => void shown.push(status) };
  const status = "Pulling nginx";
  using progress = new Progress(status, notifier, { stallTimeoutMs: 10_000, nowMs: () => nowMs });
  for (nowMs = 100; nowMs <= 1000; nowMs += 100) progress.showNowAndThen(`${nowMs}`);
  progress.show("the end");
  const details = ["500", "1000", "the end"];
  deepEqual(shown, [status, ...details.map((detail) => `${status}: ${detail}`)]);
});

Deno.test({
  name: "Progress is stalled when signs of life stop coming",
  permissions: "none",
}, async () => {
  using progress = new Progress("a", { send: () => {} }, { stallTimeoutMs: 50, nowMs: () => 0 });
  let isAlive = true;
  const alive = setInterval(() => progress.goOn(), 5);
  setTimeout(() => {
    equal(progress.stalled.aborted, false);
    clearInterval(alive);
    isAlive = false;
  }, 200);
  await new Promise((resolve) => progress.stalled.addEventListener("abort", resolve));
  equal(isAlive, false);
});
