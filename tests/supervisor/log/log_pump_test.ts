import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { JsonLines } from "../../../src/logging/json_lines.ts";
import { OutputQueue } from "../../../src/logging/output_queue.ts";
import { LogPump } from "../../../src/supervisor/log/log_pump.ts";
import { concat, frame } from "../../engine/frames.ts";
import { logOptions } from "../../logging/lines.ts";

const STAMP = "2026-11-22T15:34:18.123456789Z";

/** Behind which so much waits as the test says. */
class FakeQueue extends OutputQueue {
  pile = 0;
  override get waitingBytes(): number {
    return this.pile;
  }
}

function setUp() {
  let text = "";
  const output = new FakeQueue((bytes) => {
    text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }, (error) => {
    throw error;
  });
  const logger = new JsonLines({ service: "web", output, nowMs: () => Date.now(), journal: false });
  const { clock } = logger;
  const pump = new LogPump({
    terminal: false,
    records: logger.containerLines(logOptions()),
    clock,
    output,
    logger,
  });
  const messages = () => text.split("\n").slice(0, -1).map((line) => JSON.parse(line).message as string);
  return { pump, messages, output };
}

/** A stream of these chunks, which breaks off at its end if `broken`. */
function streamOf(chunks: readonly Uint8Array[], broken = false): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (broken) controller.error(new Error("cut"));
      else controller.close();
    },
  });
}

function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

const hasLog = () => Promise.resolve(true);
const NUMBERS = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
const LIVE = concat(...NUMBERS.map((line) => frame(1, `${line}\n`)));
const LOG = concat(...NUMBERS.map((line) => frame(1, `${STAMP} ${line}\n`)));

Deno.test("LogPump knows the last lines, however the chunks cut them", async () => {
  for (let size = 1; size < 60; size++) {
    const { pump, messages } = setUp();
    await pump.pumpLive(streamOf(chunksOf(LIVE, size)), hasLog);
    deepEqual(messages(), NUMBERS);
    deepEqual(pump.lastLines.texts(), NUMBERS.slice(10), `chunks of ${size}`);
  }
});

Deno.test("LogPump goes on in the engine's log behind the last line that is out, wherever the live stream broke off", async () => {
  for (let cut = 0; cut <= LIVE.length; cut += 7) {
    const { pump, messages } = setUp();
    await rejects(pump.pumpLive(streamOf([LIVE.slice(0, cut)], true), hasLog));
    await pump.pumpLog(streamOf(chunksOf(LOG, 50)), undefined);
    await pump.finish();
    deepEqual(messages(), NUMBERS, `cut at ${cut}`);
  }
});

Deno.test("LogPump finds lines that the engine has lost from its log, and doubles none", async () => {
  const { pump, messages } = setUp();
  await rejects(pump.pumpLive(streamOf([LIVE], true), hasLog));
  const lossy = [...NUMBERS.slice(0, 25), "line 31", "line 32"];
  await pump.pumpLog(streamOf([concat(...lossy.map((line) => frame(1, `${STAMP} ${line}\n`)))]), undefined);
  deepEqual(messages(), [...NUMBERS, "line 31", "line 32"]);
});

Deno.test("LogPump hands over a last line without an end when nothing more comes", async () => {
  const { pump, messages } = setUp();
  await pump.pumpLive(streamOf([frame(1, "one\ntwo"), frame(2, "err")]), hasLog);
  deepEqual(messages(), ["one"]);
  await pump.finish();
  deepEqual(messages(), ["one", "two", "err"]);
});

/** The first chunk, and then no more until it is cancelled. */
function endless(chunk: Uint8Array): { stream: ReadableStream<Uint8Array>; isCancelled: () => boolean } {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(chunk),
    cancel: () => void (isCancelled = true),
  });
  return { stream, isCancelled: () => isCancelled };
}

Deno.test("LogPump leaves the live stream when too much has piled up, and goes on in the engine's log", async () => {
  const { pump, messages, output } = setUp();
  const { stream, isCancelled } = endless(LIVE.slice(0, LIVE.length / 2));
  output.pile = 1e9;
  equal(await pump.pumpLive(stream, hasLog), "behind");
  ok(isCancelled());
  output.pile = 0;
  await pump.pumpLog(streamOf([LOG]), undefined);
  deepEqual(messages(), NUMBERS);
});

Deno.test("LogPump drops what it can not write where the engine has no log, and says how many lines", async () => {
  const { pump, messages, output } = setUp();
  output.pile = 1e9;
  const noLog = () => Promise.resolve(false);
  equal(await pump.pumpLive(streamOf(NUMBERS.map((line) => frame(1, `${line}\n`))), noLog), "ended");
  await pump.finish();
  const [first, remark = "", ...others] = messages();
  equal(first, "line 1");
  ok(remark.startsWith("29 lines are missing here"), remark);
  deepEqual(others, []);
});
