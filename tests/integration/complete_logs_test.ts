/** The container's output reaches stdout complete, in order and unchanged, whatever it is. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord, ServiceExit } from "../support/service_process.ts";

/** journald cuts a longer line, and a record that is cut is no JSON any more. */
const JOURNALD_LINE_LIMIT_BYTES = 48 * 1024;

Deno.test("the last lines of a container that dies at once, 20 times", async (t) => {
  for (let round = 1; round <= 20; round++) {
    await t.step(`round ${round}`, async () => {
      const exit = await runScript("echo out; echo err >&2; echo last out; echo last err >&2; exit 7");
      equal(exit.code, 7);
      deepEqual(lines(exit, "stdout"), ["out", "last out"]);
      deepEqual(lines(exit, "stderr"), ["err", "last err"]);
    });
  }
});

Deno.test("a line of several MB becomes records that fit into the journal and join to the line", async () => {
  const { code, records, stdout } = await runScript("seq 1 500000 | tr '\\n' ' '; echo; echo after");
  equal(code, 0);
  const parts = records.filter((record) => isFrom(record, "stdout") && record.data.parts !== undefined);
  ok(parts.length > 1);
  deepEqual(parts.map(({ data }) => data.part), parts.map((_, index) => index + 1));
  // How many there are is known for certain with the last; a line that is still growing may say null.
  equal(parts.at(-1)?.data.parts, parts.length);
  ok(parts.every(({ data }) => data.parts === null || data.parts === parts.length));
  const expected = Array.from({ length: 500_000 }, (_, index) => `${index + 1} `).join("");
  ok(parts.map(({ message }) => message).join("") === expected, "the parts join to the line");
  equal(records.filter((record) => isFrom(record, "stdout")).at(-1)?.message, "after");
  assertFitsJournald(stdout);
});

Deno.test("a long line of characters that JSON escapes or UTF-8 spreads over several bytes", async () => {
  const script =
    `head -c 200000 /dev/zero | tr '\\0' '\\001'; echo; yes € | head -n 60000 | tr -d '\\n'; echo`;
  const { records, stdout } = await runScript(script);
  const text = records.filter((record) => isFrom(record, "stdout")).map(({ message }) => message).join("");
  ok(text === "\u0001".repeat(200_000) + "€".repeat(60_000), "nothing is lost or changed");
  assertFitsJournald(stdout);
});

Deno.test("output without a final newline, empty lines, indentation, carriage returns, NUL bytes", async () => {
  const exit = await runScript(
    `printf '  indented\\n\\n\\ttab \\nnul \\000 byte\\nno newline'; printf 'err' >&2`,
  );
  deepEqual(lines(exit, "stdout"), ["  indented", "", "\ttab ", "nul \u0000 byte", "no newline"]);
  deepEqual(lines(exit, "stderr"), ["err"]);
});

Deno.test("invalid UTF-8 becomes U+FFFD", async () => {
  const exit = await runScript(`printf 'a\\377b\\ncut \\342\\202\\nwhole \\342\\202\\254\\n'`);
  deepEqual(lines(exit, "stdout"), ["a\uFFFDb", "cut \uFFFD", "whole €"]);
});

Deno.test("a line that is a JSON object is kept as it is, and parsed beside", async () => {
  const exit = await runScript(`echo '{"level": "info", "nested": {"a": [1]}}'; echo '[1]'; echo '{broken'`);
  deepEqual(lines(exit, "stdout"), ['{"level": "info", "nested": {"a": [1]}}', "[1]", "{broken"]);
  const [object, ...others] = exit.records.filter((record) => isFrom(record, "stdout"));
  deepEqual(object?.data.record, { level: "info", nested: { a: [1] } });
  for (const { data } of others) ok(!("record" in data));
});

Deno.test("50,000 lines on each stream: all there, in the order of their stream, with rising timestamps", async () => {
  const exit = await runScript("seq 1 50000 & seq 1 50000 >&2; wait");
  const expected = Array.from({ length: 50_000 }, (_, index) => `${index + 1}`);
  for (const stream of ["stdout", "stderr"] as const) {
    ok(lines(exit, stream).join() === expected.join(), `${stream} is complete and in order`);
  }
  const stamps = exit.records.filter(({ source }) => source.startsWith("docker_logs.")).map(toNanoseconds);
  const notRising = stamps.findIndex((stamp, index) => index > 0 && stamp <= (stamps[index - 1] as bigint));
  equal(notRising, -1);
});

async function runScript(script: string): Promise<ServiceExit> {
  await using bed = await ServiceBed.create("logs");
  const service = await bed.run(bed.script(script));
  const exit = await service.exit();
  equal(exit.stderr, "");
  return exit;
}

type Stream = "stdout" | "stderr";

function isFrom({ source }: LogRecord, stream: Stream): boolean {
  return source === `docker_logs.${stream}`;
}

function lines({ records }: ServiceExit, stream: Stream): string[] {
  return records.filter((record) => isFrom(record, stream)).map(({ message }) => message);
}

function assertFitsJournald(stdout: string): void {
  const encoder = new TextEncoder();
  const longest = Math.max(...stdout.split("\n").map((line) => encoder.encode(line).length));
  ok(longest < JOURNALD_LINE_LIMIT_BYTES, `the longest line has ${longest} bytes`);
}

/** `…:05.000000001Z` → nanoseconds since the epoch. */
function toNanoseconds({ timestamp }: LogRecord): bigint {
  const match = /^(.*)\.(\d{9})Z$/.exec(timestamp);
  if (match === null) throw new Error(`A container line's timestamp has no nanoseconds: ${timestamp}`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1_000_000n + BigInt(match[2] as string);
}

Deno.test("a reader that stalls longer than the engine waits for it at the container's end: no line is lost", async () => {
  await using bed = await ServiceBed.create("stalled");
  const config = { name: bed.name, ...bed.script("seq 1 300000") };
  const file = await bed.dir.write("service.yaml", JSON.stringify(config));
  const command = '"$0" run --allow-all main.ts "$1" | (sleep 5; exec cat >"$2")';
  const { success } = await new Deno.Command("/bin/sh", {
    args: ["-c", command, Deno.execPath(), file, `${bed.dir.path}/out`],
    cwd: `${import.meta.dirname}/../..`,
    env: { DOCKER_HOST: `unix://${bed.engine.socketPath}` },
  }).output();
  ok(success);
  const records = (await Deno.readTextFile(`${bed.dir.path}/out`)).split("\n").slice(0, -1)
    .map((line) => JSON.parse(line)).filter(({ source }) => source === "docker_logs.stdout");
  equal(records.length, 300_000);
  ok(records.every(({ message }, index) => message === String(index + 1)));
});

Deno.test("lines faster than their reader, while the container runs on: the rest comes from the engine's log", async () => {
  await using bed = await ServiceBed.create("fast");
  const lines = 600_000;
  const script = `yes ${"x".repeat(200)} | head -n ${lines} | cat -n; echo done; exec sleep 600`;
  const file = await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...bed.script(script) }));
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      '"$0" run --allow-all main.ts "$1" | (sleep 15; exec cat >"$2")',
      Deno.execPath(),
      file,
      `${bed.dir.path}/out`,
    ],
    cwd: `${import.meta.dirname}/../..`,
    env: { DOCKER_HOST: `unix://${bed.engine.socketPath}` },
  }).spawn();
  const out = () => Deno.readTextFile(`${bed.dir.path}/out`).catch(() => "");
  await poll(120_000, "the last line", async () => (await out()).includes('"message":"done"') || undefined);
  await bed.engine.docker.getContainer(bed.name).kill();
  equal((await child.status).success, true);
  const records = (await out()).split("\n").slice(0, -1).map((text) => JSON.parse(text));
  ok(records.some(({ message }) => message.includes("faster than they can be written")));
  const numbers = records.filter(({ source }) => source === "docker_logs.stdout").slice(0, -1)
    .map(({ message }) => parseInt(message));
  equal(numbers.length, lines);
  ok(numbers.every((number, index) => number === index + 1));
});
