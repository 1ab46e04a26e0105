import { deepEqual, equal } from "node:assert/strict";
import { LastLines } from "../../../src/supervisor/log/last_lines.ts";

const INSTANT = { seconds: 0, nanos: 0 };
const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("LastLines keeps the last 20 lines, each cut, whatever becomes of the bytes they were in", () => {
  const lines = new LastLines();
  const chunk = bytesOf("0123456789");
  for (let count = 0; count < 30; count++) {
    chunk.set(bytesOf(`line ${String(count).padStart(2, "0")}   `));
    lines.note("stdout", { bytes: chunk, from: 0, to: 7 }, INSTANT, count % 2 === 0);
    lines.settle();
  }
  chunk.fill(0);
  deepEqual(lines.texts(), Array.from({ length: 20 }, (_, index) => `line ${index + 10}`));
  lines.note("stdout", { bytes: bytesOf("x".repeat(2000)), from: 0, to: 2000 }, INSTANT, true);
  lines.settle();
  equal(lines.texts().at(-1)?.length, 512);
});

Deno.test("LastLines knows of a recent line whether it reads like that, and of an old one that it does not know", () => {
  const lines = new LastLines({ stdout: 100, stderr: 0 });
  for (const text of ["one", "two"]) {
    const bytes = bytesOf(text);
    lines.note("stdout", { bytes, from: 0, to: bytes.length }, INSTANT, true);
    lines.note("stderr", { bytes, from: 0, to: bytes.length }, INSTANT, true);
    lines.settle();
  }
  equal(lines.count("stdout"), 102);
  const matches = (index: number, text: string) =>
    lines.matches("stdout", index, { bytes: bytesOf(text), from: 0, to: text.length });
  deepEqual([matches(100, "one"), matches(101, "two")], [true, true]);
  deepEqual([matches(101, "twa"), matches(101, "twofold")], [false, false]);
  equal(matches(99, "zero"), undefined);
});

Deno.test("LastLines yields what it keeps of a stream in order, also behind lines that another process has written", () => {
  for (const before of [0, 64, 100]) {
    for (const noted of [1, 63, 64, 65, 200]) {
      const lines = new LastLines({ stdout: before, stderr: 0 });
      for (let count = 0; count < noted; count++) {
        const bytes = bytesOf(String(count));
        lines.note("stdout", { bytes, from: 0, to: bytes.length }, INSTANT, true);
        lines.settle();
      }
      const kept = Math.min(noted, 64);
      deepEqual(
        lines.ofStream("stdout").map(({ index }) => index),
        Array.from({ length: kept }, (_, offset) => before + noted - kept + offset),
        `${noted} behind ${before}`,
      );
    }
  }
});
