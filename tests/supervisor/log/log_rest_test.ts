/** The engine's log whose stream has ended before it: what has come behind the end is read, too, and nothing twice. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { EngineError, EngineUnreachableError } from "../../../src/errors.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import { BEGIN_MS, type Entry, LOCAL, setUp, UNLIMITED } from "./log_bed.ts";

function textsOf(entries: readonly Entry[], stream: OutputStream): string[] {
  return entries.filter((entry) => entry.stream === stream).map(({ text }) => text);
}

function numbered(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    stream: index % 3 === 0 ? "stderr" : "stdout",
    atMs: BEGIN_MS + 10 * index,
    text: `line ${index + 1}`,
  }));
}

Deno.test("a log whose stream ends too early is read to its end", async () => {
  const entries = numbered(400);
  for (const driver of [LOCAL, UNLIMITED]) {
    // The stream brings from 200 on, and less than is out.
    for (const endAfter of [0, 1, 50, 350, 399]) {
      const { log, live, catchUp, linesOf, remarks } = setUp({ driver });
      await live(entries.slice(0, 200));
      Object.assign(log, { entries, endAfter });
      await catchUp();
      for (const stream of ["stdout", "stderr"] as const) {
        deepEqual(linesOf(stream), textsOf(entries, stream), `${driver.Type}, end after ${endAfter}`);
      }
      equal(log.opened, 1);
      deepEqual(remarks(), []);
    }
  }
});

Deno.test("no line is lost or doubled wherever a stream ends, though stamps are alike and streams out of order", async () => {
  const line = fc.record({
    isError: fc.boolean(),
    afterMs: fc.constantFrom(0, 0, 1, 20),
    lateMs: fc.constantFrom(0, 0, 0, 1, 30),
    word: fc.constantFrom("a", "b"),
  });
  const property = fc.asyncProperty(
    fc.array(line, { minLength: 1, maxLength: 60 }),
    fc.nat(),
    fc.nat(),
    fc.boolean(),
    async (lines, cutLive, end, terminal) => {
      let atMs = BEGIN_MS;
      const last = { stdout: 0, stderr: 0 };
      const entries = lines.map(({ isError, afterMs, lateMs, word }, index): Entry => {
        atMs += afterMs;
        const stream = isError && !terminal ? "stderr" : "stdout";
        last[stream] = Math.max(last[stream], atMs - lateMs);
        return { stream, atMs: last[stream], text: `${word} ${index}` };
      });
      const { log, live, catchUp, linesOf, remarks } = setUp({ terminal, driver: UNLIMITED });
      await live(entries.slice(0, cutLive % entries.length));
      Object.assign(log, { entries, endAfter: end % (entries.length + 1) });
      await catchUp();
      for (const stream of ["stdout", "stderr"] as const) {
        deepEqual(linesOf(stream), textsOf(entries, stream));
      }
      deepEqual(remarks(), []);
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

Deno.test("a stream that ends within a long line: its other pieces come, and the line is whole", async () => {
  const [first, ...rest] = numbered(20);
  const piece = "x".repeat(16 * 1024);
  const long = [...`${piece},${piece}`.split(",").map((text) => ({ text, isOpen: true })), { text: "end" }]
    .map((part): Entry => ({ stream: "stdout", atMs: BEGIN_MS + 5, ...part }));
  for (const endAfter of [1, 2, 3, 4]) {
    const { log, live, catchUp, linesOf } = setUp();
    await live([first!]);
    Object.assign(log, { entries: [first, ...long, ...rest], endAfter });
    await catchUp();
    deepEqual(linesOf("stdout"), [`${piece}${piece}end`, ...textsOf(rest, "stdout")]);
    deepEqual(linesOf("stderr"), textsOf([first!, ...rest], "stderr"));
  }
});

Deno.test("a stream that ends within a long line without a line break: all of it comes", async () => {
  // So many that the line is handed over in several pieces, too.
  for (const count of [3, 65, 100]) {
    const pieces = Array.from({ length: count }, (): Entry => ({
      stream: "stdout",
      atMs: BEGIN_MS + 5,
      text: "x".repeat(16 * 1024),
      isOpen: true,
    }));
    for (const endAfter of [1, 20, 64]) {
      const { log, catchUp, linesOf } = setUp({ driver: UNLIMITED });
      Object.assign(log, { entries: pieces, endAfter });
      await catchUp();
      equal(linesOf("stdout").join("").length, count * 16 * 1024, `${endAfter} of ${count}`);
    }
  }
});

Deno.test("what the end costs: its last entry is asked for, and no more where the stream was whole", async (t) => {
  const entries = numbered(30);
  await t.step("a whole log is not read again", async () => {
    const { log, live, catchUp, linesOf } = setUp();
    await live(entries.slice(0, 10));
    log.entries = entries;
    await catchUp();
    // Where the live stream broke off.
    equal(log.read, 1);
    deepEqual(linesOf("stdout"), textsOf(entries, "stdout"));
  });
  await t.step("nor is one with a last line without a line break", async () => {
    const { log, live, catchUp, linesOf } = setUp();
    await live(entries.slice(0, 10));
    log.entries = [...entries, { stream: "stdout", atMs: BEGIN_MS + 1000, text: "password: ", isOpen: true }];
    await catchUp();
    equal(log.read, 1);
    deepEqual(linesOf("stdout"), [...textsOf(entries, "stdout"), "password: "]);
  });
});

Deno.test("where the end can not be asked for, that is a log that has broken off; where it is gone, it is said", async (t) => {
  const entries = numbered(30);
  const failing = async (error: Error, times: number) => {
    const bed = setUp();
    await bed.live(entries.slice(0, 10));
    Object.assign(bed.log, { entries, endAfter: 20 });
    const read = bed.log.engine.readLog;
    bed.log.engine.readLog = (...args) =>
      args[1].tail !== undefined && times-- > 0 ? Promise.reject(error) : read(...args);
    return bed;
  };
  await t.step("the engine is away for a moment", async () => {
    const { log, catchUp, linesOf, remarks } = await failing(
      new EngineUnreachableError("s", "gone", true),
      2,
    );
    await catchUp();
    deepEqual(linesOf("stdout"), textsOf(entries, "stdout"));
    equal(log.opened, 3);
    deepEqual(remarks(), []);
  });
  await t.step("the container is removed", async () => {
    const gone = new EngineError("read the container's log", 404, "No such container: web");
    const { catchUp, remarks } = await failing(gone, 1);
    await catchUp();
    deepEqual(remarks(), [
      "Lines may be missing here, the engine can not be asked whether its log has more: No such container: web",
    ]);
  });
});
