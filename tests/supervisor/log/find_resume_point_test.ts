/** Where a live stream broke off, found in a rotated log among lines that repeat, by a pump that reads them late. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { BEGIN_MS, type Entry, setUp } from "./log_bed.ts";

type Random = () => number;

/** The same numbers between 0 and 1 for the same seed: mulberry32. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** When a line is read that the engine has stamped at `atMs`; asked in order. */
type Reader = (atMs: number) => number;

/** Between 20 and 200 ms late. */
const LATE_READERS: readonly ((random: Random) => Reader)[] = [
  function alwaysAsLate(random) {
    const lagMs = between(random, 20, 200);
    return (atMs) => atMs + lagMs;
  },
  function nowMoreNowLess(random) {
    let readMs = 0;
    return (atMs) => readMs = Math.max(readMs, atMs + between(random, 20, 200));
  },
  function inPortions(random) {
    let readMs = 0;
    return (atMs) => {
      while (readMs < atMs + 20) readMs = Math.max(readMs, atMs) + between(random, 20, 180);
      return readMs;
    };
  },
];

interface Scene {
  readonly entries: readonly Entry[];
  readonly reader: Reader;
  /** How many lines the live stream brings. */
  readonly cut: number;
  /** How many lines the log has lost. */
  readonly lost: number;
}

type Result = "right" | "right, with a warning" | "wrong, with a warning" | "wrong and sure";

async function resume({ entries, reader, cut, lost }: Scene): Promise<Result> {
  const { log, live, catchUp, linesOf, remarks } = setUp();
  await live(entries.slice(0, cut), reader);
  log.entries = entries.slice(lost);
  await catchUp();
  const isRight = (["stdout", "stderr"] as const).every((stream) => {
    const expected = entries.filter((entry) => entry.stream === stream).map(({ text }) => text);
    return expected.join("\n") === linesOf(stream).join("\n");
  });
  const isSure = remarks().length === 0;
  if (isRight) return isSure ? "right" : "right, with a warning";
  return isSure ? "wrong and sure" : "wrong, with a warning";
}

interface Resumes {
  /** Makes the text of line `index`. */
  readonly text: (random: Random) => (index: number) => string;
  readonly gapMs: (random: Random) => number;
  /** How many lines before the break the log begins at least, and at most. */
  readonly kept: readonly [number, number];
}

/** What comes of 200 resumes, each in other lines. */
async function resumes(
  { text, gapMs, kept: [least, most] }: Resumes,
): Promise<Partial<Record<Result, number>>> {
  const results: Partial<Record<Result, number>> = {};
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const textOf = text(random);
    const gap = gapMs(random);
    const lost = between(random, 70, 150);
    const kept = between(random, least, most);
    const entries = Array.from(
      { length: lost + Math.max(0, kept) + between(random, 20, 200) },
      (_, index): Entry => (
        { stream: "stdout", atMs: BEGIN_MS + gap * index, text: textOf(index) }
      ),
    );
    const reader = LATE_READERS[seed % LATE_READERS.length]!(random);
    const result = await resume({ entries, reader, cut: lost + kept, lost });
    results[result] = (results[result] ?? 0) + 1;
  }
  return results;
}

const EVERY_FEW_MS = (random: Random) => between(random, 1, 8);
const NUMBERS = () => (index: number) => `line ${index}`;
const FOUR_WORDS = (random: Random) => () => ["red", "green", "blue", "black"][between(random, 0, 3)]!;
const MOSTLY_OK = (random: Random) => () => random() < 0.95 ? "ok" : "not ok";

/** So many distinct lines, over and over. */
function cycle(least: number, most: number): Resumes["text"] {
  return (random) => {
    const distinct = between(random, least, most);
    return (index) => `beat ${index % distinct}`;
  };
}

const SHORT_CYCLE = cycle(1, 5);
/** Longer than the row of lines that is looked for. */
const LONG_CYCLE = cycle(65, 150);

Deno.test("openLog() lands right among four words at random", async () => {
  deepEqual(await resumes({ text: FOUR_WORDS, gapMs: () => 5, kept: [64, 400] }), { right: 200 });
});

Deno.test("openLog() is sure of its place wherever the lines tell it, however late they were read", async () => {
  deepEqual(await resumes({ text: NUMBERS, gapMs: EVERY_FEW_MS, kept: [1, 400] }), { right: 200 });
});

Deno.test("openLog() is never wrong without saying so, where lines repeat every few milliseconds", async (t) => {
  for (
    const [name, text, kept] of [
      ["a few lines over and over", SHORT_CYCLE, [-20, 400]],
      ["many lines over and over", LONG_CYCLE, [1, 400]],
      ["nearly always the same line", MOSTLY_OK, [-20, 40]],
    ] as const
  ) {
    await t.step(name, async () => {
      const results = await resumes({ text, gapMs: EVERY_FEW_MS, kept });
      equal(results["wrong and sure"], undefined);
      ok(results["wrong, with a warning"]! > 20, "the place can not be known");
    });
  }
});

Deno.test("openLog() says so when the log has lost the last line that is out, but has some like it", async () => {
  for (const text of [SHORT_CYCLE, FOUR_WORDS, LONG_CYCLE]) {
    deepEqual(await resumes({ text, gapMs: () => 8, kept: [-20, 0] }), { "wrong, with a warning": 200 });
  }
});

/** Always the same line, once a second. */
const BEATS = Array.from({ length: 300 }, (_, index): Entry => (
  { stream: "stdout", atMs: BEGIN_MS + 1000 * index, text: "still here" }
));

Deno.test("openLog() goes by all the last lines, not by one that happened to be read late", async () => {
  const cut = 200;
  const lastMs = BEGIN_MS + 1000 * (cut - 1);
  for (const lagMs of [0, 300, 500, 900, 1000, 1100, 2000]) {
    const reader = (atMs: number) => atMs + (atMs === lastMs ? lagMs : 2);
    equal(await resume({ entries: BEATS, reader, cut, lost: 50 }), "right", `the last one ${lagMs} ms late`);
  }
});

Deno.test("openLog() is not sure of lines that clocks could tell, when those of the other stream were read as late", async () => {
  const flood = Array.from({ length: 6000 }, (_, index): Entry => (
    { stream: "stderr", atMs: BEGIN_MS + 50 * index + 7, text: `line ${index}` }
  ));
  const entries = [...BEATS, ...flood].sort((a, b) => a.atMs - b.atMs);
  equal(
    await resume({ entries, reader: (atMs) => atMs + 2900, cut: 4000, lost: 1000 }),
    "wrong, with a warning",
  );
});

Deno.test("openLog() is not sure of one among a few lines that are all alike, which is all that the log has", async () => {
  const entries = Array.from({ length: 101 }, (_, index): Entry => (
    { stream: "stdout", atMs: BEGIN_MS + 300 * index, text: "still here" }
  ));
  equal(await resume({ entries, reader: (atMs) => atMs + 300, cut: 100, lost: 95 }), "wrong, with a warning");
});

Deno.test("openLog() says so when the engine has not logged the last line of a stream", async () => {
  const { log, live, catchUp, remarks } = setUp();
  const entries = Array.from({ length: 300 }, (_, index): Entry => (
    { stream: index % 2 === 0 ? "stdout" : "stderr", atMs: BEGIN_MS + 10 * index, text: `line ${index}` }
  ));
  await live(entries.slice(0, 200));
  log.entries = [...entries.slice(100, 199), ...entries.slice(200)];
  await catchUp();
  equal(remarks().length, 1);
});
