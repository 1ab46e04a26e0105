import { deepEqual } from "node:assert/strict";
import { stampedEntries } from "../../../src/engine/log/log_entries.ts";
import { FrameDemultiplexer } from "../../../src/engine/log/log_frames.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";
import { concat, frame } from "../frames.ts";

const STAMP = "2026-11-22T15:34:18.123456789Z";

function entries(chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const frames = new FrameDemultiplexer(stampedEntries((stream, bytes, from, to, stamp) => {
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    if (stamp !== undefined) seen.push(`${stream} ${formatInstant(stamp)} `);
    seen.push(`${seen.pop() ?? ""}${text}`);
  }));
  for (const chunk of chunks) frames.push(chunk);
  return seen;
}

Deno.test("stampedEntries() tells stamp and text apart wherever the chunks are cut", () => {
  const bytes = concat(frame(1, `${STAMP} one two\n`), frame(2, `${STAMP} \n`), frame(1, `${STAMP} three`));
  const whole = entries([bytes]);
  deepEqual(whole, [`stdout ${STAMP} one two\n`, `stderr ${STAMP} \n`, `stdout ${STAMP} three`]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    deepEqual(entries([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
});
