import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { BatchBuffer, halve, join } from "../../../src/logging/influxdb/batch.ts";
import { LinePoints } from "../../../src/logging/influxdb/line_points.ts";
import { checkLine, containerLine, entryLine, lineHead } from "../../../src/logging/influxdb/points.ts";

const ORIGIN = { service: "web", host: "my host" };
const AT = { seconds: 1_795_361_658, nanos: 5 };

Deno.test({
  name: "entryLine() escapes, keeps the scalar values of data, and lets nothing be tag and field",
  permissions: "none",
  fn: () => {
    const data = { status: 404, host: "other", time: 1, big: NaN, list: [1], none: null, ok: false };
    const message = 'a "b" \\ c,=\nd';
    equal(
      entryLine({ severity: "info", source: "monitoring", message, data }, ORIGIN, AT),
      String.raw`monitoring,host=my\ host,service=web,severity=info data_host="other",data_time=1,` +
        String.raw`message="a \"b\" \\ c,=\\nd",ok=F,status=404 1795361658000000005`,
    );
  },
});

Deno.test({
  name: "checkLine() and containerLine() leave out what is not known",
  permissions: "none",
  fn: () => {
    const report = { check: "http /a,b=c\\", kind: "check_http", ok: true, durationMs: 1.25, restarts: 2 };
    const tags = String.raw`check,check=http\ /a\,b\=c,host=my\ host,kind=check_http,service=web`;
    equal(
      checkLine({ ...report, status: 200 }, ORIGIN, AT),
      `${tags} duration_ms=1.25,ok=T,restarts=2i,status=200i 1795361658000000005`,
    );
    ok(!checkLine({ ...report, status: undefined }, ORIGIN, AT).includes("status"));
    const state = { up: true, exitCode: undefined, restarts: 0, logLines: 3, logBytes: 70 };
    equal(
      containerLine(state, ORIGIN, AT),
      String
        .raw`container,host=my\ host,service=web log_bytes=70i,log_lines=3i,restarts=0i,up=1i 1795361658000000005`,
    );
  },
});

/** The points of these lines, as text. */
function write(
  lines: readonly string[],
  instants = lines.map((_, nanos) => ({ seconds: 1, nanos: nanos + 1 })),
) {
  const buffer = new BatchBuffer();
  const points = new LinePoints(buffer, (stream, severity) => lineHead(ORIGIN, stream, severity));
  lines.forEach((line, index) => {
    const bytes = new TextEncoder().encode(`<${line}>`);
    points.write("stdout", "info", bytes, 1, bytes.length - 1, instants[index] ?? AT);
  });
  return new TextDecoder().decode(buffer.take()?.bytes).split("\n").slice(0, -1);
}

Deno.test({
  name: "LinePoints writes what the client's Point would",
  permissions: "none",
  fn: () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: "grapheme" })), (messages) => {
      const wellFormed = messages.map((message) => message.toWellFormed());
      write(wellFormed).forEach((line, index) => {
        const entry = {
          severity: "info",
          source: "docker_logs.stdout",
          message: wellFormed[index] ?? "",
        } as const;
        const expected = entryLine(entry, ORIGIN, { seconds: 1, nanos: index + 1 });
        equal(line, expected.replace(",severity=info ", ",severity=info,stream=stdout "));
      });
    }));
  },
});

Deno.test({
  name: "LinePoints never gives out a stamp twice in a stream",
  permissions: "none",
  fn: () => {
    const stamps = [[5, 999_999_999], [5, 999_999_999], [5, 3], [7, 0], [7, 0]] as const;
    const lines = write(["a", "b", "c", "d", "e"], stamps.map(([seconds, nanos]) => ({ seconds, nanos })));
    equal(
      lines.map((line) => line.slice(line.lastIndexOf(" ") + 1)).join(),
      "5999999999,6000000000,6000000001,7000000000,7000000001",
    );
  },
});

Deno.test({
  name: "LinePoints keeps the numbers of a line's parts, and nothing else of its data",
  permissions: "none",
  fn: () => {
    const table = [
      [undefined, ""],
      ["{}", ""],
      ['{"part":2,"parts":null}', ",part=2"],
      ['{"part":3,"parts":3}', ",part=3,parts=3"],
      ['{"record":{"part":1,"parts":2}}', ""],
    ] as const;
    for (const [data, fields] of table) {
      const buffer = new BatchBuffer();
      const points = new LinePoints(buffer, () => "m,t=1");
      points.write("stderr", "warn", new TextEncoder().encode("text"), 0, 4, AT, data);
      const line = `m,t=1 message="text"${fields} 1795361658000000005\n`;
      equal(new TextDecoder().decode(buffer.take()?.bytes), line);
    }
  },
});

Deno.test({
  name: "halve() cuts between lines, join() undoes it",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "é") }), { minLength: 2 }), (lines) => {
        const buffer = new BatchBuffer();
        for (const line of lines) buffer.appendLine(line);
        const batch = buffer.take();
        ok(batch !== undefined);
        const [first, second] = halve(batch);
        equal(first.lines + second.lines, lines.length);
        equal(
          new TextDecoder().decode(first.bytes),
          lines.slice(0, first.lines).map((line) => `${line}\n`).join(""),
        );
        equal(new TextDecoder().decode(join([first, second]).bytes), new TextDecoder().decode(batch.bytes));
        ok(first.lines > 0 && second.lines > 0);
      }),
    );
  },
});
