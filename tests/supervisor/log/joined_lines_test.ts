/** `logs.multiline` and how far the log is out: a line that waits for others is not. */
import { deepEqual, rejects } from "node:assert/strict";
import { LogPump } from "../../../src/supervisor/log/log_pump.ts";
import type { LineCounts } from "../../../src/supervisor/log/log_position.ts";
import { concat, frame } from "../../engine/frames.ts";
import { Lines } from "../../logging/lines.ts";

const HAS_LOG = () => Promise.resolve(true);
const INDENTED = { multiline: "^\\S" };
const TRACE = ["start", "Error: boom", "  at a", "  at b", "next", "  at c"];
/** As of lines that are written just now. */
const STAMP = new Date().toISOString().replace("Z", "456789Z");
const LOG = concat(...TRACE.map((line) => frame(1, `${STAMP} ${line}\n`)));

function setUp(counts?: LineCounts) {
  const lines = new Lines(INDENTED);
  let counted: () => LineCounts = () => ({ stdout: 0, stderr: 0 });
  const { records, clock, output, logger } = lines;
  const pump = new LogPump({
    terminal: false,
    records,
    clock,
    output,
    logger,
    onBegin: (counts) => counted = counts,
    ...(counts && { counts }),
  });
  return {
    pump,
    lines,
    counted: () => counted(),
    messages: async () => (await lines.written()).map(({ message }) => message),
  };
}

const frames = (texts: readonly string[]) => concat(...texts.map((line) => frame(1, `${line}\n`)));

Deno.test("lines that wait to be joined count only when they are out", async () => {
  const { pump, lines, counted, messages } = setUp();
  const released = Promise.withResolvers<void>();
  const { onReleased } = lines.records;
  lines.records.onReleased = () => {
    onReleased();
    released.resolve();
  };
  await pump.pumpLive(ReadableStream.from([frames(TRACE.slice(0, 3)), frames(TRACE.slice(3, 4))]), HAS_LOG);
  deepEqual(await messages(), ["start"]);
  deepEqual(counted(), { stdout: 1, stderr: 0 });
  await released.promise;
  deepEqual(await messages(), ["start", "Error: boom\n  at a\n  at b"]);
  deepEqual(counted(), { stdout: 4, stderr: 0 });
  await pump.finish();
});

Deno.test("a process that takes over begins with the lines that another had not yet written", async () => {
  const killed = setUp();
  await killed.pump.pumpLive(ReadableStream.from([frames(TRACE.slice(0, 3))]), HAS_LOG);
  const heir = setUp(killed.counted());
  const before = await killed.messages();
  killed.lines.records.end();
  await heir.pump.pumpLog(ReadableStream.from([LOG]), undefined);
  await heir.pump.finish();
  deepEqual([...before, ...await heir.messages()], [
    "start",
    "Error: boom\n  at a\n  at b",
    "next\n  at c",
  ]);
  deepEqual(heir.counted(), { stdout: 6, stderr: 0 });
});

Deno.test("a record whose lines come half from the live stream and half from the engine's log is whole", async () => {
  for (let cut = 0; cut <= frames(TRACE).length; cut++) {
    const { pump, messages } = setUp();
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(frames(TRACE).slice(0, cut)),
      pull: (controller) => controller.error(new Error("cut")),
    });
    await rejects(pump.pumpLive(broken, HAS_LOG));
    await pump.pumpLog(ReadableStream.from([LOG]), undefined);
    await pump.finish();
    deepEqual(await messages(), ["start", "Error: boom\n  at a\n  at b", "next\n  at c"], `cut at ${cut}`);
  }
});
