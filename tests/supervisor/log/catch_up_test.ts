/** From the live stream to the engine's log, and from there on, whatever the log has lost and wherever it is cut. */
import { logOptions } from "../../logging/lines.ts";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import type { ContainerInspect } from "../../../src/engine/api_types.ts";
import type { ContainerEngine, ReadLogOptions } from "../../../src/engine/engine.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import { JsonLines } from "../../../src/logging/json_lines.ts";
import { OutputQueue } from "../../../src/logging/output_queue.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { openLog } from "../../../src/supervisor/log/catch_up.ts";
import { LogPump } from "../../../src/supervisor/log/log_pump.ts";
import { concat, frame } from "../../engine/frames.ts";

interface Entry {
  readonly stream: OutputStream;
  readonly atMs: number;
  readonly text: string;
}

const BEGIN_MS = Date.parse("2026-11-22T12:00:00Z");
/** How much later than the engine we read a line. */
const DELAY_MS = 2;

/** A log as the engine keeps it, with its rotations, and streams of it that the test may cut or let stall. */
class FakeLog {
  entries: Entry[] = [];
  opened = 0;
  /** How many bytes a follower gets before it is cut. */
  cutAfter = Infinity;
  /** After how many bytes a follower gets no more, and no end. */
  stallAfter = Infinity;
  readonly engine: ContainerEngine;

  constructor(readonly driver: ContainerInspect["HostConfig"]["LogConfig"], readonly terminal: boolean) {
    const inspected = { HostConfig: { LogConfig: driver } } as ContainerInspect;
    this.engine = {
      inspectContainer: () => Promise.resolve(inspected),
      readLog: (_id: string, options: ReadLogOptions, signal: AbortSignal) =>
        Promise.resolve(this.#read(options, signal)),
    } as unknown as ContainerEngine;
  }

  #read({ follow, since, tail }: ReadLogOptions, signal: AbortSignal): ReadableStream<Uint8Array> {
    const sinceMs = since === undefined ? -Infinity : since.seconds * 1000 + since.nanos / 1e6;
    const from = this.entries.findIndex(({ atMs }) => atMs >= sinceMs);
    const entries = tail === undefined
      ? this.entries.slice(from === -1 ? Infinity : from)
      : this.entries.slice(-tail);
    const bytes = concat(...entries.map((entry) => this.#bytesOf(entry)));
    const whole = follow ? bytes.subarray(0, Math.min(this.cutAfter, this.stallAfter)) : bytes;
    const stalls = follow && this.stallAfter < bytes.length;
    const cut = follow && this.cutAfter < bytes.length;
    if (follow) this.opened++;
    return new ReadableStream({
      start(controller) {
        signal.addEventListener("abort", () => controller.error(signal.reason));
        controller.enqueue(whole);
        if (cut) controller.error(new Error("cut"));
        else if (!stalls) controller.close();
      },
    });
  }

  #bytesOf({ stream, atMs, text }: Entry): Uint8Array {
    const stamp = formatInstant({ seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1e6 });
    const payload = `${stamp} ${text}${this.terminal ? "\r" : ""}\n`;
    return this.terminal ? new TextEncoder().encode(payload) : frame(stream === "stdout" ? 1 : 2, payload);
  }
}

const LOCAL = { Type: "local", Config: {} };
const UNLIMITED = { Type: "json-file", Config: {} };

function setUp({ driver = LOCAL, terminal = false } = {}) {
  let text = "";
  const time = { nowMs: BEGIN_MS };
  const output = new OutputQueue((bytes) => {
    text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }, (error) => {
    throw error;
  });
  const logger = new JsonLines({ service: "web", output, nowMs: () => time.nowMs, journal: false });
  const pump = new LogPump({
    terminal,
    records: logger.containerLines(logOptions()),
    clock: logger.clock,
    output,
    logger,
  });
  const log = new FakeLog(driver, terminal);
  const records = () => text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const linesOf = (stream: OutputStream) =>
    records().filter(({ source }) => source === `docker_logs.${stream}`).map(({ message }) =>
      message as string
    );
  const remarks = () => records().filter(({ source }) => source === "docker").map(({ message }) => message);
  /** The live stream until it is cut, each line a moment after the engine has stamped it. */
  const live = async (entries: readonly Entry[]) => {
    const rest = [...entries];
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const entry = rest.shift();
        if (entry === undefined) return controller.error(new Error("cut"));
        time.nowMs = entry.atMs + DELAY_MS;
        const bytes = `${entry.text}${terminal ? "\r" : ""}\n`;
        const number = entry.stream === "stdout" ? 1 : 2;
        controller.enqueue(terminal ? new TextEncoder().encode(bytes) : frame(number, bytes));
      },
    }, { highWaterMark: 0 });
    await rejects(pump.pumpLive(stream, () => Promise.resolve(true)));
  };
  /** Reads the log until it ends, again and again where it is cut. */
  const catchUp = async (silenceMs?: number) => {
    const signal = new AbortController().signal;
    const context = { engine: log.engine, logger, signal, ...(silenceMs !== undefined && { silenceMs }) };
    for (;;) {
      const { logged } = await openLog("id", pump, context);
      if (await logged.then(() => true, () => false)) break;
    }
    await pump.finish();
    await output.flush();
  };
  return { log, live, catchUp, linesOf, remarks };
}

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
