/** What becomes of a container's lines, by the config's section `logs`. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { RECORD_LIMIT_BYTES } from "../../src/logging/json_lines.ts";
import { Lines } from "./lines.ts";

Deno.test("a stream has the severity that the config gives it", async () => {
  const lines = new Lines({ severity: { stdout: "debug", stderr: "fatal" } });
  deepEqual(await lines.write("a").write("b", "stderr").shown(), ["debug: a", "fatal: b"]);
  deepEqual(await new Lines().write("a").write("b", "stderr").shown(), ["info: a", "info: b"]);
});

Deno.test("a line that is a JSON object says how severe it is, under any of the common keys and names", async () => {
  const expected: readonly (readonly [line: string, severity: string])[] = [
    ['{"level":"error"}', "error"],
    ['{"severity":"WARNING"}', "warn"],
    ['{"lvl":"Dbg"}', "debug"],
    ['{"Level":"Information"}', "info"],
    ['{"level":"crit"}', "fatal"],
    ['{"a":{"level":"error"},"severity":"notice"}', "notice"],
    ...[10, 20, 30, 40, 50, 60].map((level, index) =>
      [`{"level":${level}}`, ["trace", "debug", "info", "warn", "error", "fatal"][index]!] as const
    ),
    ['{"level":35}', "info"],
    ['{"level":"very","severity":"error"}', "error"],
    ['{"level":3}', "warn"],
    ['{"level":"very"}', "warn"],
    ['{"level":null}', "warn"],
    ["{}", "warn"],
    ['{"level":"error"', "warn"],
    ['["level"]', "warn"],
  ];
  for (const [line, severity] of expected) {
    const [record] = await new Lines({ severity: { stderr: "warn" } }).write(line, "stderr").written();
    deepEqual([record?.severity, record?.message], [severity, line]);
  }
});

Deno.test("json: nested takes the message from the line too", async () => {
  const lines = new Lines({ json: "nested" });
  lines.write('{"level":"error","msg":"boom €","n":12345678901234567890}').write('{"message":"m"}');
  lines.write('{"msg":7,"a":1}').write('{"no": "message"}');
  const records = await lines.written();
  deepEqual(records.map(({ message }) => message), ["boom €", "m", '{"msg":7,"a":1}', '{"no": "message"}']);
  equal(records[0]?.severity, "error");
  deepEqual(records.map(({ data }) => Object.keys(data)), Array(4).fill(["record"]));
});

Deno.test("a JSON object with bytes that are no text is one all the same", async () => {
  const lines = new Lines();
  const bytes = Uint8Array.of(...new TextEncoder().encode('{"level":"error","a":"'), 0xff, 0x22, 0x7d);
  const line = { from: 0, to: bytes.length, unfinished: false, instant: lines.clock.next() };
  lines.records.write("stdout", bytes, line);
  const [record] = await lines.written();
  deepEqual([record?.severity, record?.data.record.a], ["error", "\ufffd"]);
});

Deno.test("data.record is an object that every reader takes, whatever the line holds", async () => {
  const lines = new Lines();
  const half = String.raw`{"a":"\ud800","msg":"\udc00"}`;
  const deep = `{"a":${"[".repeat(300)}${"]".repeat(300)}}`;
  const notSoDeep = `{"a":${"[".repeat(200)}${"]".repeat(200)},"b":"${"[{".repeat(300)}"}`;
  for (const line of [half, '{"a":"\x9b2J"}', deep, notSoDeep]) lines.write(line);
  const texts = await lines.texts();
  ok(
    texts.every((text) =>
      text.isWellFormed() && !/[\x7f-\x9f]|\\ud[89a-f]/.test(text.slice(text.indexOf('"record"')))
    ),
  );
  const records = texts.map((text) => JSON.parse(text));
  deepEqual(
    records.map(({ message }) => message),
    [half, '{"a":"\x9b2J"}', deep, notSoDeep],
    "verbatim as text",
  );
  deepEqual(records[0].data.record, { a: "\ufffd", msg: "\ufffd" });
  deepEqual(records[1].data.record, { a: "\x9b2J" });
  equal(records[2].data.record, undefined, "deeper than jq reads");
  ok(records[3].data.record.b.length === 600);
});

Deno.test("data.record holds no control character, though JSON allows some between its parts", async () => {
  for (const section of [{}, { json: "nested" }]) {
    const lines = new Lines(section);
    lines.write('{"a":1,\r"b":\t2}').write('{"msg":"m",\r"b":\t2}').write('{"a":"\x9b",\r"b":\t2}');
    for (const text of await lines.texts()) {
      ok([...text].every((character) => character >= " "), text);
      equal(JSON.parse(text).data.record.b, 2);
    }
  }
});

Deno.test("json: text leaves a line what it is", async () => {
  const [record] = await new Lines({ json: "text" }).write('{"level":"error","msg":"boom"}').written();
  deepEqual([record?.severity, record?.message, record?.data], [
    "info",
    '{"level":"error","msg":"boom"}',
    {},
  ]);
});

Deno.test("a JSON object that leaves no room for itself is a line, with its severity", async () => {
  for (const length of [30_000, 60_000]) {
    const line = `{"level":"error","msg":"m","a":"${"é".repeat(length / 2)}"}`;
    const records = await new Lines().write(line).written();
    equal(records.map(({ message }) => message).join(""), line);
    ok(records.every(({ severity, data }) => severity === "error" && data.record === undefined));
  }
});

Deno.test("<N> at the beginning of a line is its severity, and nothing else is", async () => {
  const severities = ["fatal", "fatal", "fatal", "error", "warn", "notice", "info", "debug"];
  const lines = new Lines();
  severities.forEach((_, priority) => lines.write(`<${priority}>text`));
  deepEqual(await lines.shown(), severities.map((severity) => `${severity}: text`));
  const others = ["<8>a", "<12>a", "<>a", "<a>", " <3>a", "<3", "<", "<-1>"];
  const plain = new Lines();
  for (const text of others) plain.write(text);
  deepEqual(await plain.shown(), others.map((text) => `info: ${text}`));
  deepEqual(await new Lines().write("<3>").write('<4>{"a":1}').shown(), ["error: ", 'warn: {"a":1}']);
  deepEqual(await new Lines({ "syslog_level_prefix": "false" }).write("<3>a").shown(), ["info: <3>a"]);
});

Deno.test("all parts of a line have the severity of its beginning", async () => {
  const lines = new Lines();
  lines.write(`<3>${"x".repeat(60_000)}`, "stdout", true).write("<4>end").write("next");
  const shown = (await lines.shown()).map((text) => text.replace(/x+/, "x"));
  deepEqual(shown, ["error: x", "error: x", "error: <4>end", "info: next"]);
});

Deno.test("a record may be as long as the limit, and no longer", async () => {
  for (let length = RECORD_LIMIT_BYTES - 300; length <= RECORD_LIMIT_BYTES; length++) {
    const lines = new Lines();
    const records = await lines.write("x".repeat(length)).write('"').written();
    const parts = records.slice(0, -1);
    equal(parts.map(({ message }) => message.length).reduce((sum, count) => sum + count), length);
    deepEqual(parts.map(({ data }) => data.parts), parts.length === 1 ? [undefined] : [2, 2]);
    const longest = Math.max(...parts.map((record) => JSON.stringify(record).length));
    ok(longest <= RECORD_LIMIT_BYTES, `${longest} bytes`);
  }
});
