/** Where a live stream broke off, found in a rotated log among lines that repeat, by a pump that reads them late. */
import { deepEqual } from "node:assert/strict";
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

const FOUR_WORDS = (random: Random) => () => ["red", "green", "blue", "black"][between(random, 0, 3)]!;

Deno.test("openLog() lands right among four words at random", async () => {
  deepEqual(await resumes({ text: FOUR_WORDS, gapMs: () => 5, kept: [64, 400] }), { right: 200 });
});
