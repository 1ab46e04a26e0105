/** `logs.multiline`: several lines of a container as one record. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Lines, logOptions } from "./lines.ts";

/** Indented lines belong to the one before. */
const INDENTED = { multiline: "^\\S" };

Deno.test("lines that do not match are joined to the one before, each stream for itself", async () => {
  const lines = new Lines(INDENTED);
  lines.write("Error: boom", "stderr").write("GET /").write("  at a.js:1", "stderr").write("GET /b");
  lines.write("  at b.js:2", "stderr").write("next", "stderr").records.end();
  deepEqual(await lines.shown(), [
    "info: GET /",
    "info: Error: boom\n  at a.js:1\n  at b.js:2",
    "info: GET /b",
    "info: next",
  ]);
  const stamps = (await lines.written()).map(({ timestamp }) => timestamp as string);
  deepEqual(stamps, [...new Set(stamps)].sort(), "the stamps rise");
});

Deno.test("lines before the first that matches are a record too", async () => {
  const lines = new Lines(INDENTED);
  lines.write("  rest").write(" of it").write("new").records.end();
  deepEqual(await lines.shown(), ["info:   rest\n of it", "info: new"]);
});

Deno.test("<N> is taken off every line; the first one's counts", async () => {
  const lines = new Lines(INDENTED);
  lines.write("<3>Error").write("<3>  at a").write("<6>  at b").records.end();
  deepEqual(await lines.shown(), ["error: Error\n  at a\n  at b"]);
});

Deno.test("a JSON object over several lines is one record in one line", async () => {
  const lines = new Lines({ multiline: "^\\{" });
  const text = '{\n  "level": "error",\n  "a": [\n    "b"\n  ]\n}';
  for (const line of text.split("\n")) lines.write(line);
  lines.records.end();
  const [record, ...others] = await lines.written();
  deepEqual(others, []);
  deepEqual([record?.severity, record?.message, record?.data.record], ["error", text, JSON.parse(text)]);
});

Deno.test("what is held back comes out when nothing more comes", async () => {
  const lines = new Lines(INDENTED);
  const released = new Promise<void>((resolve) => lines.records.onReleased = resolve);
  lines.write("a").write(" b").write("c", "stderr");
  deepEqual([lines.records.heldLines("stdout"), lines.records.heldLines("stderr")], [2, 1]);
  deepEqual(await lines.shown(), []);
  await released;
  deepEqual(await lines.shown(), ["info: a\n b", "info: c"]);
  deepEqual([lines.records.heldLines("stdout"), lines.records.heldLines("stderr")], [0, 0]);
});

Deno.test("a stream that is quiet does not wait for one that is not", async () => {
  const lines = new Lines(INDENTED);
  lines.write("quiet");
  const busy = setInterval(() => lines.write(" busy", "stderr"), 10);
  await new Promise<void>((resolve) => lines.records.onReleased = resolve);
  clearInterval(busy);
  deepEqual(await lines.shown(), ["info: quiet"]);
  lines.records.end();
  equal((await lines.written()).length, 2);
});

Deno.test("a record that would grow for ever is cut between lines", async () => {
  const many = new Lines(INDENTED);
  for (let count = 0; count < 2500; count++) many.write(` ${count}`);
  many.records.end();
  const counts = (await many.written()).map(({ message }) => message.split("\n").length);
  deepEqual(counts, [1000, 1000, 500]);
  const large = new Lines(INDENTED, 10_000_000);
  for (let count = 0; count < 100; count++) large.write(` ${"x".repeat(10_000)}`);
  large.write(" y".repeat(300_000)).records.end();
  const sizes = (await large.written()).map(({ message }) => message.length);
  ok(sizes.slice(0, -1).every((size) => size <= 256 * 1024), `${sizes}`);
  equal(sizes.at(-1), 600_000);
  equal(sizes.slice(0, -1).reduce((sum, size) => sum + size + 1, 0), 100 * 10_002);
});

Deno.test("a pattern that takes for ever for what the container writes is given up: each line is a record", async () => {
  const lines = new Lines({ multiline: "^(a+)+$" });
  lines.write("aa").write(" joined");
  for (let count = 0; count < 1000; count++) lines.write(`${"a".repeat(100)}!`);
  lines.records.end();
  const [first, ...others] = await lines.shown();
  equal(first, "info: aa\n joined");
  deepEqual([others.length, new Set(others).size], [1000, 1]);
  equal(lines.givenUp, 1);
});

Deno.test("a line that comes in pieces is a record of its own", async () => {
  const lines = new Lines(INDENTED);
  lines.write("first").write(" piece", "stdout", true).write(" end").write(" next").records.end();
  deepEqual(await lines.shown(), ["info: first", "info:  piece", "info:  end", "info:  next"]);
});

Deno.test("another config counts from the next line on", async () => {
  const lines = new Lines(INDENTED);
  lines.write("a").write(" b");
  lines.records.configure(logOptions({ json: "text" }));
  lines.write(" c").write('{"level":"error"}');
  deepEqual(await lines.shown(), ["info: a\n b", "info:  c", 'info: {"level":"error"}']);
});
