import { deepEqual, equal } from "node:assert/strict";
import { parseStep, readBuild } from "../../src/engine/build_output.ts";
import type { BuildMessage } from "../../src/engine/api_types.ts";

async function read(messages: readonly object[], { cutEvery = Infinity } = {}) {
  const bytes = new TextEncoder().encode(messages.map((each) => `${JSON.stringify(each)}\r\n`).join(""));
  const lines: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += cutEvery) controller.enqueue(bytes.slice(at, at + cutEvery));
      controller.close();
    },
  });
  const failure: BuildMessage | undefined = await readBuild(body, (written) => lines.push(...written));
  return { failure, lines };
}

const BUILD = [
  { stream: "Step 1/2 : FROM base" },
  { stream: "\n" },
  { status: "Pulling fs layer", id: "abc", progressDetail: {} },
  { stream: " ---\u003e 0123\n" },
  { aux: { ID: "sha256:0123" } },
  { stream: "Step 2/2 : RUN grüße" },
  { stream: "\n" },
  { stream: "\u001b[91mred é\n\u001b[0m" },
  { stream: "10%\r50%\r100%\r\nla" },
  { stream: "st" },
];
const LINES = ["Step 1/2 : FROM base", " ---> 0123", "Step 2/2 : RUN grüße", "red é", "100%", "last"];

Deno.test({ name: "readBuild() yields lines however the stream is cut", permissions: "none" }, async () => {
  const length = new TextEncoder().encode(JSON.stringify(BUILD)).length;
  for (let cutEvery = 1; cutEvery <= length; cutEvery++) {
    deepEqual(await read(BUILD, { cutEvery }), { failure: undefined, lines: LINES });
  }
});

Deno.test(
  { name: "readBuild() finds the failure that a status of 200 hides", permissions: "none" },
  async () => {
    const failure = { errorDetail: { code: 3, message: "returned a non-zero code: 3" }, error: "returned" };
    deepEqual(await read([...BUILD, failure]), { failure, lines: LINES });
  },
);

Deno.test({ name: "parseStep() reads how far the build is, and no other line", permissions: "none" }, () => {
  deepEqual(parseStep("Step 3/12 : COPY --from=x a b"), { step: 3, steps: 12, instruction: "COPY" });
  equal(parseStep("> Step 3/12 : COPY"), undefined);
  equal(parseStep("Step 1 of 3"), undefined);
});
