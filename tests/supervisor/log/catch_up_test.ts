/** From the live stream to the engine's log, and from there on, whatever the log has lost and wherever it is cut. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { OutputStream } from "../../../src/host/host.ts";
import { BEGIN_MS, type Entry, LOCAL, setUp, UNLIMITED } from "./log_bed.ts";

/** Lines on both streams, 10 ms apart. */
function numbered(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    stream: index % 3 === 0 ? "stderr" : "stdout",
    atMs: BEGIN_MS + 10 * index,
    text: `line ${index + 1}`,
  }));
}

function textsOf(entries: readonly Entry[], stream: OutputStream): string[] {
  return entries.filter((entry) => entry.stream === stream).map(({ text }) => text);
}

Deno.test("openLog() goes on behind the live stream, in a log that has lost its beginning", async () => {
  const entries = numbered(400);
  for (
    const [lost, cut] of [[0, 0], [0, 3], [0, 200], [50, 200], [130, 200], [0, 400], [300, 390]] as const
  ) {
    for (const driver of lost === 0 ? [LOCAL, UNLIMITED] : [LOCAL]) {
      const { log, live, catchUp, linesOf, remarks } = setUp({ driver });
      await live(entries.slice(0, cut));
      log.entries = entries.slice(lost);
      await catchUp();
      for (const stream of ["stdout", "stderr"] as const) {
        deepEqual(linesOf(stream), textsOf(entries, stream), `${driver.Type}, cut ${cut}, lost ${lost}`);
      }
      deepEqual(remarks(), []);
    }
  }
});

Deno.test("openLog() loses and doubles nothing however often the log is cut, wherever, and rotated meanwhile", async () => {
  const property = fc.asyncProperty(
    fc.array(
      fc.record({
        isError: fc.boolean(),
        afterMs: fc.constantFrom(0, 0, 1, 20),
        word: fc.constantFrom("a", "b"),
      }),
      {
        maxLength: 120,
      },
    ),
    fc.nat(),
    fc.integer({ min: 150, max: 900 }),
    fc.boolean(),
    async (lines, cutLive, cutAfter, terminal) => {
      let atMs = BEGIN_MS;
      const entries = lines.map(({ isError, afterMs, word }, index): Entry => {
        atMs += afterMs;
        return { stream: isError && !terminal ? "stderr" : "stdout", atMs, text: `${word} ${index}` };
      });
      const { log, live, catchUp, linesOf, remarks } = setUp({ terminal });
      const cut = entries.length === 0 ? 0 : cutLive % entries.length;
      await live(entries.slice(0, cut));
      log.entries = entries.slice(Math.max(0, cut - 70));
      log.cutAfter = cutAfter;
      // With each opening a little more comes through, so that it ends.
      const read = log.engine.readLog;
      log.engine.readLog = (...args) => (log.cutAfter += 40, read(...args));
      await catchUp();
      for (const stream of ["stdout", "stderr"] as const) {
        deepEqual(linesOf(stream), textsOf(entries, stream));
      }
      deepEqual(remarks(), []);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

Deno.test("openLog() finds the place among lines that are all the same, by their time", async () => {
  const beats = Array.from({ length: 300 }, (_, index): Entry => ({
    stream: "stdout",
    atMs: BEGIN_MS + 1000 * index,
    text: "still here",
  }));
  const { log, live, catchUp, linesOf, remarks } = setUp();
  await live(beats.slice(0, 250));
  log.entries = beats.slice(100);
  await catchUp();
  equal(linesOf("stdout").length, 300);
  deepEqual(remarks(), []);
});

Deno.test("openLog() says so when lines are gone, or when it can not be certain", async (t) => {
  await t.step("the log begins behind the cut", async () => {
    const entries = numbered(2000);
    const { log, live, catchUp, linesOf, remarks } = setUp();
    await live(entries.slice(0, 200));
    log.entries = entries.slice(1000);
    await catchUp();
    deepEqual(linesOf("stdout"), [
      ...textsOf(entries.slice(0, 200), "stdout"),
      ...textsOf(entries.slice(1000), "stdout"),
    ]);
    equal(remarks().length, 1);
    ok(remarks()[0]?.includes("may be missing"));
  });
  await t.step("a flood of equal lines", async () => {
    const flood = Array.from(
      { length: 3000 },
      (): Entry => ({ stream: "stdout", atMs: BEGIN_MS, text: "y" }),
    );
    const { log, live, catchUp, remarks } = setUp();
    await live(flood.slice(0, 1000));
    log.entries = flood.slice(500);
    await catchUp();
    equal(remarks().length, 1);
  });
  await t.step("the log is rotated beyond the last line that was read from it", async () => {
    const entries = numbered(2000);
    const { log, live, catchUp, linesOf, remarks } = setUp();
    await live(entries.slice(0, 100));
    log.entries = entries.slice(0, 1000);
    log.cutAfter = 10_000;
    const read = log.engine.readLog;
    log.engine.readLog = (...args) => {
      if (log.opened === 1) {
        log.entries = entries.slice(1000);
        log.cutAfter = Infinity;
      }
      return read(...args);
    };
    await catchUp();
    equal(linesOf("stdout").at(-1), textsOf(entries, "stdout").at(-1));
    equal(new Set(linesOf("stdout")).size, linesOf("stdout").length, "none is doubled");
    equal(remarks().length, 1);
  });
});

Deno.test("openLog() opens a stream anew that stays silent although the log has newer lines", async () => {
  const entries = numbered(300);
  for (const driver of [LOCAL, UNLIMITED]) {
    const { log, live, catchUp, linesOf, remarks } = setUp({ driver });
    await live(entries.slice(0, 100));
    log.entries = entries;
    log.stallAfter = driver === LOCAL ? 3000 : 7000;
    const read = log.engine.readLog;
    log.engine.readLog = (...args) => {
      if (args[1].follow && log.opened === 2) log.stallAfter = Infinity;
      return read(...args);
    };
    await catchUp(20);
    for (const stream of ["stdout", "stderr"] as const) deepEqual(linesOf(stream), textsOf(entries, stream));
    equal(log.opened, 3);
    equal(remarks().length, 2);
  }
});

Deno.test("openLog() leaves a stream alone that is silent because there is nothing new", async () => {
  const entries = numbered(30);
  const { log, live, catchUp, linesOf } = setUp();
  await live(entries.slice(0, 10));
  log.entries = entries;
  let asked = 0;
  const read = log.engine.readLog;
  log.engine.readLog = async (id, options, signal) => {
    if (options.follow) {
      const stream = await read(id, options, signal);
      const reader = stream.getReader();
      const { value } = await reader.read();
      // All lines are there, but not the end, until the log has been asked three times.
      return new ReadableStream({
        start: (controller) => controller.enqueue(value!),
        async pull(controller) {
          while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 5));
          controller.close();
        },
      });
    }
    if (options.tail !== undefined) asked++;
    return await read(id, options, signal);
  };
  await catchUp(10);
  equal(log.opened, 1);
  deepEqual(linesOf("stdout"), textsOf(entries, "stdout"));
});
