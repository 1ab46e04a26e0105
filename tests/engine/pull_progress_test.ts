import { deepEqual, equal } from "node:assert/strict";
import { type PullProgress, readPull } from "../../src/engine/pull_progress.ts";

async function read(lines: readonly unknown[], { cutEvery = Infinity } = {}) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(""));
  const progress: PullProgress[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += cutEvery) controller.enqueue(bytes.slice(at, at + cutEvery));
      controller.close();
    },
  });
  const failure = await readPull(body, (seen) => progress.push(seen));
  return { failure, last: progress.at(-1) };
}

const PULL = [
  { status: "Pulling from library/nginx", id: "latest" },
  { status: "Already exists", id: "aaa" },
  { status: "Pulling fs layer", id: "bbb" },
  { status: "Pulling fs layer", id: "ccc" },
  { status: "Downloading", id: "bbb", progressDetail: { current: 30, total: 100 } },
  { status: "Downloading", id: "ccc", progressDetail: { current: 100, total: 100 } },
  { status: "Download complete", id: "ccc" },
  { status: "Extracting", id: "ccc", progressDetail: { current: 10, total: 100 } },
  { status: "Pull complete", id: "ccc" },
];

Deno.test("readPull() adds up layers and bytes", async () => {
  const { failure, last } = await read(PULL);
  equal(failure, undefined);
  deepEqual(last, { layersDone: 2, layers: 3, percent: 65 });
});

Deno.test("readPull() yields the same however the stream is cut", async () => {
  const whole = await read(PULL);
  for (const cutEvery of [1, 2, 7, 100]) deepEqual(await read(PULL, { cutEvery }), whole);
});

Deno.test("readPull() finds the error that a status of 200 hides in the last line", async () => {
  const { failure } = await read([
    ...PULL,
    { errorDetail: { message: "unexpected EOF" }, error: "unexpected EOF" },
  ]);
  equal(failure, "unexpected EOF");
});
