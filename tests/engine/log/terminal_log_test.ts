import { deepEqual } from "node:assert/strict";
import { TerminalLog } from "../../../src/engine/log/terminal_log.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";

const STAMP = "2026-11-22T15:34:18.123456789Z";
const LATER = "2026-11-22T15:34:18.200000000Z";
const PIECE = 16 * 1024;

/** The lines, each with the stamps it came with. */
function linesOf(chunks: readonly string[]): string[] {
  let text = "";
  const log = new TerminalLog((_stream, bytes, from, to, stamp) => {
    if (stamp !== undefined) text += `<${formatInstant(stamp)}>`;
    text += new TextDecoder().decode(bytes.subarray(from, to));
  });
  for (const chunk of chunks) log.push(new TextEncoder().encode(chunk), 0, chunk.length);
  return text.split("\n");
}

Deno.test("TerminalLog tells stamps and text apart wherever the chunks are cut", () => {
  const log = `${STAMP} one two\r\n${STAMP} \r\n${LATER} ${STAMP} no stamp\r\nnone at all\n${LATER} three`;
  const whole = linesOf([log]);
  deepEqual(whole, [
    `<${STAMP}>one two\r`,
    `<${STAMP}>\r`,
    `<${LATER}>${STAMP} no stamp\r`,
    "none at all",
    `<${LATER}>three`,
  ]);
  for (let cut = 0; cut <= log.length; cut++) {
    deepEqual(linesOf([log.slice(0, cut), log.slice(cut)]), whole, `cut at ${cut}`);
  }
});

Deno.test("TerminalLog joins the pieces that the engine makes of a long line", () => {
  const piece = "x".repeat(PIECE);
  const log = `${STAMP} ${piece}${STAMP} ${piece}${STAMP} end\n${LATER} ${piece}${LATER} \n${LATER} next`;
  const whole = linesOf([log]);
  deepEqual(whole, [`<${STAMP}>${piece}${piece}end`, `<${LATER}>${piece}`, `<${LATER}>next`]);
  for (let cut = PIECE; cut <= PIECE + 80; cut++) {
    deepEqual(linesOf([log.slice(0, cut), log.slice(cut)]), whole, `cut at ${cut}`);
  }
});

Deno.test("TerminalLog leaves a line alone that only looks like being in pieces", () => {
  const text = "x".repeat(PIECE) + STAMP.slice(0, 20) + "y".repeat(PIECE);
  deepEqual(linesOf([`${STAMP} ${text}\n`]), [`<${STAMP}>${text}`, ""]);
});
