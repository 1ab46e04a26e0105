import { deepEqual, equal } from "node:assert/strict";
import { BuildProgress } from "../../../src/image/build/build_progress.ts";
import type { NotifyState } from "../../../src/systemd/notify.ts";

Deno.test({
  name: "BuildProgress tells what goes on, and remembers what was written last",
  permissions: "none",
}, () => {
  const sent: NotifyState[] = [];
  let nowMs = 1000;
  using progress = new BuildProgress("web", { send: (state) => sent.push(state) }, () => nowMs);
  const statuses = () => sent.splice(0).map(({ status }) => status);
  deepEqual(statuses(), ["Building web"]);
  const mebibyte = 1024 ** 2;
  for (
    const [atMs, bytes] of [[1400, mebibyte], [1500, mebibyte], [1900, mebibyte], [2000, mebibyte]] as const
  ) {
    nowMs = atMs;
    progress.sent(bytes);
  }
  deepEqual(statuses(), [
    "Building web: sending the context, 2 MiB",
    "Building web: sending the context, 4 MiB",
  ]);
  progress.written(["Step 1/3 : FROM base", " ---> 0123", "", "Step 2/3 : ENV TOKEN=secret"]);
  progress.written([]);
  deepEqual(statuses(), ["Building web: step 2/3, ENV"]);
  progress.written(Array.from({ length: 30 }, (_, index) => `line ${index}`));
  deepEqual(statuses(), []);
  progress.written([" ---> Running in 0123", "the end", "Removing intermediate container 0123"]);
  deepEqual([progress.lastLines.length, progress.lastLines[0], progress.lastLines.at(-1)], [
    20,
    "line 11",
    "the end",
  ]);
  nowMs = 3250;
  equal(progress.seconds, 2.3);
  equal(progress.stalled.aborted, false);
});
