/** The same bytes make the same records wherever they are cut, and no bytes are too strange to be printed. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { FrameDemultiplexer } from "../../../src/engine/log/log_frames.ts";
import type { OutputStream } from "../../../src/host/host.ts";
import { LineSplitter } from "../../../src/supervisor/log/line_splitter.ts";
import { LogPump } from "../../../src/supervisor/log/log_pump.ts";
import { concat, frame } from "../../engine/frames.ts";
import { Lines, type ParsedRecord } from "../../logging/lines.ts";

const permissions = "none";

/** What is known of a record whenever it was read. */
type Timeless = Omit<ParsedRecord, "timestamp">;

function timeless(records: readonly ParsedRecord[]): Timeless[] {
  return records.map(({ timestamp: _, ...rest }) => rest);
}

const HAS_LOG = () => Promise.resolve(true);

type Source = "live" | "terminal" | "log";

async function pumped(
  chunks: readonly Uint8Array[],
  source: Source,
  section: Record<string, unknown> = {},
): Promise<ParsedRecord[]> {
  const { records, clock, output, logger, ...lines } = bed(section);
  const pump = new LogPump({ terminal: source === "terminal", records, clock, output, logger });
  const stream = ReadableStream.from(chunks);
  await (source === "log" ? pump.pumpLog(stream, undefined) : pump.pumpLive(stream, HAS_LOG));
  await pump.finish();
  return await lines.written();
}

function bed(section: Record<string, unknown>) {
  const lines = new Lines(section);
  const { records, clock, output, logger } = lines;
  return { records, clock, output, logger, written: () => lines.written() };
}

/** Each byte of a character in a frame of its own. */
const SPREAD = [...new TextEncoder().encode("😀")].map((byte) => frame(1, Uint8Array.of(byte)));
const LIVE = concat(
  frame(1, 'plain\n\ntab\t\x1b[31mred\x1b[0m nul \0 "quoted" back\\slash\n'),
  frame(2, "Error: é€😀\n  at a\n"),
  frame(1, "half a "),
  frame(2, "  at b\n<3>with its level\n"),
  frame(1, 'line\r\n{"level":"error","msg":"m"}\n'),
  ...SPREAD,
  frame(1, Uint8Array.of(0x0a, 0x61, 0xff, 0xe2, 0x82, 0x0a, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x0a)),
  frame(2, ""),
  frame(2, "<4>no line break"),
  frame(1, "{"),
);
const MESSAGES: Readonly<Record<OutputStream, readonly string[]>> = {
  stdout: [
    "plain",
    "",
    'tab\t\x1b[31mred\x1b[0m nul \0 "quoted" back\\slash',
    "half a line\r",
    '{"level":"error","msg":"m"}',
    "😀",
    "a\ufffd\ufffd",
    "\ufffd".repeat(5),
    "{",
  ],
  stderr: ["Error: é€😀", "  at a", "  at b", "with its level", "no line break"],
};

function messagesOf(records: readonly ParsedRecord[], stream: OutputStream): string[] {
  return records.filter(({ source }) => source === `docker_logs.${stream}`).map(({ message }) => message);
}

/** Compares what comes of every cut, and of single bytes, with what comes of the whole. */
async function compareCuts<T>(bytes: Uint8Array, make: (chunks: readonly Uint8Array[]) => T | Promise<T>) {
  const whole = await make([bytes]);
  for (let cut = 1; cut < bytes.length; cut++) {
    // Copies, as the chunks of a stream are.
    deepEqual(await make([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
  deepEqual(await make(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole, "cut everywhere");
  return whole;
}

Deno.test({ name: "the live stream may be cut anywhere", permissions }, async () => {
  const records = await compareCuts(LIVE, async (chunks) => timeless(await pumped(chunks, "live")));
  deepEqual(messagesOf(records, "stdout"), MESSAGES.stdout);
  deepEqual(messagesOf(records, "stderr"), MESSAGES.stderr);
});

Deno.test({ name: "joined lines may be cut anywhere", permissions }, async () => {
  const section = { multiline: "^\\S", json: "nested" };
  const records = await compareCuts(LIVE, async (chunks) => timeless(await pumped(chunks, "live", section)));
  deepEqual(messagesOf(records, "stderr"), [
    "Error: é€😀\n  at a\n  at b",
    ...MESSAGES.stderr.slice(3),
  ]);
  ok(messagesOf(records, "stdout").includes("m"));
});

Deno.test({ name: "a terminal's output may be cut anywhere", permissions }, async () => {
  const bytes = new TextEncoder().encode('a\r\n\r\né€😀\0\r\r\n<3>b\n{"level":"debug"}\r\nlast\r');
  const records = await compareCuts(bytes, async (chunks) => timeless(await pumped(chunks, "terminal")));
  deepEqual(messagesOf(records, "stdout"), ["a", "", "é€😀\0\r", "b", '{"level":"debug"}', "last"]);
});

Deno.test({ name: "the engine's log may be cut anywhere, and its stamps stay", permissions }, async () => {
  const stamp = (second: number) => `2026-11-22T15:34:${second}.123456789Z`;
  const bytes = concat(
    frame(1, `${stamp(10)} plain\n`),
    frame(2, `${stamp(11)} Error: é€😀\n`),
    // A long line comes in several entries.
    frame(1, `${stamp(12)} half a `),
    frame(2, `${stamp(13)} \n`),
    frame(1, `${stamp(14)} line\n`),
    frame(1, `${stamp(15)} <3>with its level\n`),
    frame(2, `${stamp(16)} {"level":"fatal"}\n`),
    frame(1, `${stamp(17)} no line break`),
  );
  const records = await compareCuts(bytes, (chunks) => pumped(chunks, "log"));
  const shown = records.map(({ timestamp, message }) => `${timestamp.slice(17, 19)} ${message}`);
  deepEqual(shown, [
    "10 plain",
    "11 Error: é€😀",
    "13 ",
    "12 half a line",
    "15 with its level",
    '16 {"level":"fatal"}',
    "17 no line break",
  ]);
  equal(records[0]?.timestamp, stamp(10));
});

interface Limits {
  /** Of a line, and of a record. */
  readonly lineBytes: number;
  readonly recordBytes: number;
  readonly terminal?: boolean;
}

/** The same way as the pump's, with limits that a short test reaches. */
async function piped(
  chunks: readonly Uint8Array[],
  { lineBytes, recordBytes, terminal = false }: Limits,
  section: Record<string, unknown> = {},
): Promise<ParsedRecord[]> {
  const lines = new Lines(section, recordBytes);
  const splitter = (stream: OutputStream) =>
    new LineSplitter(
      { limitBytes: lineBytes, terminal },
      (bytes, from, to, unfinished) =>
        lines.records.write(stream, bytes, { from, to, unfinished, instant: lines.clock.following() }),
    );
  const splitters = { stdout: splitter("stdout"), stderr: splitter("stderr") };
  const frames = new FrameDemultiplexer((stream, bytes, from, to) => splitters[stream].push(bytes, from, to));
  for (const chunk of chunks) {
    if (terminal) splitters.stdout.push(chunk, 0, chunk.length);
    else frames.push(chunk);
  }
  splitters.stdout.end();
  splitters.stderr.end();
  lines.records.end();
  return await lines.written();
}

/** The lines of a stream, the parts of each put together again. */
function wholeLines(records: readonly ParsedRecord[], stream: OutputStream): string[] {
  const lines: string[] = [];
  let open = 0;
  for (const { message, data } of records.filter(({ source }) => source === `docker_logs.${stream}`)) {
    if (data.part === undefined) {
      equal(open, 0, "the parts of a line follow each other");
      lines.push(message);
      continue;
    }
    equal(data.part, open + 1, "the parts are counted");
    if (data.part === 1) lines.push(message);
    else lines.push(lines.pop() + message);
    ok(data.parts === null || data.parts >= data.part);
    open = data.parts === data.part ? 0 : data.part;
  }
  equal(open, 0, "the last part says that it is the last");
  return lines;
}

Deno.test({ name: "long lines may be cut anywhere, and their parts add up", permissions }, async () => {
  const texts = [
    "é€😀".repeat(40),
    "x".repeat(64),
    "x".repeat(65),
    '"\0'.repeat(80),
    "short",
    "😀".repeat(16),
  ];
  const bytes = concat(
    ...texts.map((text, index) => frame(1 + index % 2, `${text}\n`)),
    frame(1, "y".repeat(200)),
  );
  const limits = { lineBytes: 64, recordBytes: 280 };
  const records = await compareCuts(bytes, async (chunks) => timeless(await piped(chunks, limits)));
  const even = texts.filter((_, index) => index % 2 === 0);
  deepEqual(wholeLines(records as ParsedRecord[], "stdout"), [...even, "y".repeat(200)]);
  deepEqual(wholeLines(records as ParsedRecord[], "stderr"), texts.filter((_, index) => index % 2 === 1));
});

/** Pieces of which output is made, whole and broken ones. */
const piece = fc.oneof(
  fc.constantFrom("\n", "\n", "\r\n", "<3>", "<9>", "{", "}", '{"level":"error","msg":"m"}', "\x1b[0m", "  "),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.nat(150).map((count) => "long".repeat(count)),
).map((text) => new TextEncoder().encode(text));
const payload = fc.array(fc.oneof(piece, fc.uint8Array({ maxLength: 6 })), { maxLength: 5 })
  .map((pieces) => concat(...pieces));
const output = fc.array(fc.record({ type: fc.constantFrom(0, 1, 1, 2, 2, 200), payload }), { maxLength: 8 });
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

function cutAt(bytes: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const places = [0, ...fractions.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b)];
  return places.map((from, index) => bytes.slice(from, places[index + 1] ?? bytes.length));
}

/** What has to be printed of these bytes, told in the simplest way. */
function expectedLines(bytes: Uint8Array, strips: boolean): string[] {
  const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => strips ? line.replace(/^<[0-7]>/, "") : line);
}

const seed = Date.now() & 0x7fffffff;

Deno.test({ name: `no printable byte of random output is lost (seed ${seed})`, permissions }, async () => {
  const options = fc.record({
    lineBytes: fc.integer({ min: 8, max: 600 }),
    recordBytes: fc.integer({ min: 220, max: 600 }),
    multiline: fc.boolean(),
    json: fc.constantFrom(undefined, "text"),
    strips: fc.boolean(),
  });
  const property = fc.asyncProperty(
    output,
    cuts,
    options,
    async (frames, fractions, { multiline, ...rest }) => {
      const bytes = concat(...frames.map(({ type, payload }) => frame(type, payload)));
      const section = {
        ...(rest.json && { json: rest.json }),
        ...(multiline && { multiline: "^\\S" }),
        "syslog_level_prefix": String(rest.strips),
      };
      const records = await piped(cutAt(bytes, fractions), rest, section);
      for (const stream of ["stdout", "stderr"] as const) {
        const isFrom = ({ type }: { type: number }) => (type === 2) === (stream === "stderr");
        const printed = concat(...frames.filter(isFrom).map(({ payload }) => payload));
        const lines = expectedLines(printed, rest.strips);
        const found = wholeLines(records, stream);
        if (multiline) equal(found.join("\n"), lines.join("\n"));
        else deepEqual(found, lines);
      }
      const longest = Math.max(
        0,
        ...records.map((record) => new TextEncoder().encode(JSON.stringify(record)).length),
      );
      ok(longest <= rest.recordBytes, `a record of ${longest} bytes`);
    },
  );
  await fc.assert(property, { seed, numRuns: 2000 });
});

Deno.test({ name: `bytes that are no frames at all crash nothing (seed ${seed})`, permissions }, async () => {
  const garbage = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  const source = fc.constantFrom<Source[]>("live", "terminal", "log");
  const property = fc.asyncProperty(garbage, source, async (chunks, source) => {
    try {
      await pumped(chunks, source);
    } catch (error) {
      // A frame of type 3 is the engine's own error.
      ok(
        source !== "terminal" && /^The engine ended the log stream/.test((error as Error).message),
        `${error}`,
      );
    }
  });
  await fc.assert(property, { seed, numRuns: 2000 });
});
