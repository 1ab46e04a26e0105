import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { JsonLines, RECORD_LIMIT_BYTES } from "../../src/logging/json_lines.ts";
import type { LineRecords } from "../../src/logging/line_records.ts";
import { OutputQueue } from "../../src/logging/output_queue.ts";
import { logOptions } from "./lines.ts";

// deno-lint-ignore no-explicit-any -- a record's data is what the test says it is
type ParsedRecord = Record<string, any>;

class Recorder {
  #text = "";
  readonly output = new OutputQueue((bytes) => {
    this.#text += new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return Promise.resolve();
  }, (error) => {
    throw error;
  });
  readonly records: JsonLines;
  readonly lines: LineRecords;

  constructor(
    { journal = false, nowMs = () => 1_000_000_000_123.5 }: { journal?: boolean; nowMs?: () => number } = {},
  ) {
    this.records = new JsonLines({ service: "web", output: this.output, nowMs, journal });
    this.lines = this.records.containerLines(logOptions());
  }

  line(
    text: string | Uint8Array,
    options: { stream?: "stdout" | "stderr"; unfinished?: boolean } = {},
  ): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const { stream = "stdout", unfinished = false } = options;
    const instant = this.records.clock.next();
    this.lines.write(stream, bytes, { from: 0, to: bytes.length, unfinished, instant });
  }

  async written(): Promise<string[]> {
    await this.output.flush();
    return this.#text.split("\n").slice(0, -1);
  }

  async parsed(): Promise<ParsedRecord[]> {
    return (await this.written()).map((line) => JSON.parse(line.replace(/^<\d>/, "")));
  }
}

Deno.test("JsonLines writes the fields of a record in their order", async () => {
  const recorder = new Recorder();
  recorder.records.log({ severity: "notice", source: "service", message: "hello", data: { a: 1 } });
  const [line = ""] = await recorder.written();
  equal(
    line,
    '{"timestamp":"2001-09-09T01:46:40.123500001Z","severity":"notice","source":"service","message":"hello",' +
      '"data":{"a":1},"context":{"service":"web"},"exception":null}',
  );
});

Deno.test("a container's line has the same fields in the same order, verbatim", async () => {
  const recorder = new Recorder();
  recorder.line("plain");
  recorder.line("é needs decoding", { stream: "stderr" });
  const [plain = "", decoded = ""] = await recorder.written();
  const order = ["timestamp", "severity", "source", "message", "data", "context", "exception"];
  deepEqual(Object.keys(JSON.parse(plain)), order);
  deepEqual(Object.keys(JSON.parse(decoded)), order);
  equal(JSON.parse(plain).severity, "info");
  equal(JSON.parse(decoded).severity, "info");
  equal(JSON.parse(decoded).source, "docker_logs.stderr");
});

Deno.test("whatever bytes a line has, its record is one line of JSON with the text of these bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    const recorder = new Recorder();
    recorder.line(bytes);
    const records = await recorder.parsed();
    equal(records.length, 1);
    equal(records[0]?.message, new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  }));
});

Deno.test("a line of any text comes out as that text", async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 100 }), async (text) => {
    const recorder = new Recorder();
    recorder.line(text);
    equal((await recorder.parsed())[0]?.message, text);
  }));
});

Deno.test("a line that is a JSON object also appears parsed, with all digits of its numbers", async () => {
  const recorder = new Recorder();
  recorder.line('{"level":"warn","id":12345678901234567890}');
  recorder.line('{"not": json}');
  recorder.line("{}");
  const written = await recorder.written();
  ok(written[0]?.includes('"data":{"record":{"level":"warn","id":12345678901234567890}}'), written[0]);
  deepEqual((await recorder.parsed()).map(({ data }) => Object.keys(data)), [["record"], [], ["record"]]);
});

Deno.test("what all lines of a task have in their data stands before what one line has", async () => {
  const recorder = new Recorder();
  const task = { task: 'we"b.2', node: "node-b" };
  const lines = recorder.records.containerLines(logOptions({ json: "nested" }), task);
  const write = (bytes: Uint8Array) => {
    const instant = recorder.records.clock.next();
    lines.write("stdout", bytes, { from: 0, to: bytes.length, unfinished: false, instant });
  };
  const texts = ["plain", '{"a":1}', '{"a":1,"msg":"m"}', "x".repeat(RECORD_LIMIT_BYTES), '"'.repeat(24_500)];
  for (const text of texts) write(new TextEncoder().encode(text));
  write(Uint8Array.of(0xff));
  const records = await recorder.parsed();
  deepEqual(records.map(({ data }) => JSON.stringify(data)), [
    JSON.stringify(task),
    JSON.stringify({ ...task, record: { a: 1 } }),
    JSON.stringify({ ...task, record: { a: 1, msg: "m" } }),
    ...[1, 2, 1, 2].map((part) => JSON.stringify({ ...task, part, parts: 2 })),
    JSON.stringify(task),
  ]);
  for (const line of await recorder.written()) ok(line.length <= RECORD_LIMIT_BYTES, "no record is too long");
});

Deno.test("a record beyond journald's limit is split into numbered parts that add up to the line", async () => {
  const texts = [
    "x".repeat(200_000),
    '"\\\t\u0001'.repeat(30_000),
    "é€😀".repeat(20_000),
    `{"a":"${"y".repeat(60_000)}"}`,
  ];
  for (const text of texts) {
    const recorder = new Recorder({ journal: true });
    recorder.line(text);
    recorder.line("after");
    const written = await recorder.written();
    for (const line of written) {
      ok(new TextEncoder().encode(line).length <= RECORD_LIMIT_BYTES, "no record is too long");
    }
    const records = await recorder.parsed();
    const parts = records.slice(0, -1);
    ok(parts.length > 1);
    equal(parts.map(({ message }) => message).join(""), text);
    deepEqual(
      parts.map(({ data }) => data),
      parts.map((_, index) => ({ part: index + 1, parts: parts.length })),
    );
    deepEqual(records.at(-1)?.data, {}, "the next line is whole again");
  }
});

Deno.test("a line that comes in pieces is numbered through; the last part knows how many there are", async () => {
  const recorder = new Recorder();
  recorder.line("a".repeat(60_000), { unfinished: true });
  recorder.line("between", { stream: "stderr" });
  recorder.line("b".repeat(10));
  const records = await recorder.parsed();
  const parts = records.filter(({ source }) => source === "docker_logs.stdout").map(({ data }) => data);
  deepEqual(parts, [{ part: 1, parts: null }, { part: 2, parts: null }, { part: 3, parts: 3 }]);
});

Deno.test("a long message of our own is split as well", async () => {
  const recorder = new Recorder();
  recorder.records.log({
    severity: "fatal",
    source: "service",
    message: "m".repeat(100_000),
    data: { a: 1 },
  });
  const records = await recorder.parsed();
  equal(records.map(({ message }) => message).join("").length, 100_000);
  deepEqual(records[0]?.data, { a: 1, part: 1, parts: records.length });
});

Deno.test("only for the journal a line begins with its priority", async () => {
  const recorder = new Recorder({ journal: true });
  recorder.records.log({ severity: "error", source: "monitoring", message: "m" });
  recorder.line("plain");
  recorder.line("é", { stream: "stderr" });
  deepEqual((await recorder.written()).map((line) => line.slice(0, 4)), ["<3>{", "<6>{", "<6>{"]);
});

Deno.test("time stamps rise strictly, also when the clock stands still or is corrected a little", async () => {
  const times = [5000, 5000, 4100, 5000.000001, 6000];
  const recorder = new Recorder({ nowMs: () => times.shift() ?? 6000 });
  for (let count = 0; count < 7; count++) recorder.line(`${count}`);
  const stamps = (await recorder.parsed()).map(({ timestamp }) => timestamp as string);
  deepEqual(stamps, [...stamps].sort());
  equal(new Set(stamps).size, stamps.length);
  equal(stamps[0], "1970-01-01T00:00:05.000000001Z");
});

Deno.test("a clock that is set back is told in one record, and the stamps follow it", async () => {
  const times = [7_200_000, 3_600_000];
  const recorder = new Recorder({ nowMs: () => times.shift() ?? 3_600_000 });
  for (let count = 0; count < 3; count++) recorder.line(`${count}`);
  const records = await recorder.parsed();
  deepEqual(records.map(({ message }) => message), [
    "0",
    "The machine's clock was set back by 3600 s: from here on, times come a second time",
    "1",
    "2",
  ]);
  deepEqual(records.map(({ timestamp }) => (timestamp as string).slice(11, 19)), [
    "02:00:00",
    "01:00:00",
    "01:00:00",
    "01:00:00",
  ]);
});

Deno.test("an exception appears with its message, its backtrace and its cause", async () => {
  const recorder = new Recorder();
  const exception = new Error("outer", { cause: new Error("inner") });
  recorder.records.log({ severity: "fatal", source: "service", message: "m", exception });
  const [record] = await recorder.parsed();
  equal(record?.exception.message, "outer");
  ok(record?.exception.backtrace[0].includes("json_lines_test.ts"));
  equal(record?.exception.cause.message, "inner");
});

Deno.test("no record is longer than the journal takes, whatever its data and its error hold", async () => {
  const recorder = new Recorder();
  const lines = Array.from({ length: 20 }, () => "\x01".repeat(512));
  recorder.records.log({ severity: "error", source: "service", message: "the end", data: { lines } });
  recorder.records.log({
    severity: "fatal",
    source: "service",
    message: "y".repeat(60_000),
    exception: new Error("\x02".repeat(60_000)),
  });
  const texts = await recorder.written();
  ok(texts.every((text) => new TextEncoder().encode(text).length <= RECORD_LIMIT_BYTES));
  const [first, ...others] = texts.map((text) => JSON.parse(text));
  equal(first.message, "the end");
  ok(first.data.cut.startsWith('{"lines":["\\u0001'), first.data.cut.slice(0, 40));
  equal(others.map(({ message }) => message).join(""), "y".repeat(60_000));
});
