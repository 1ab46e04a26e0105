import { deepEqual, equal, ok } from "node:assert/strict";
import { formatInstant, RisingClock } from "../../src/logging/rising_clock.ts";
import { Lines } from "./lines.ts";

function settableClock(startMs: number) {
  let nowMs = startMs;
  const clock = new RisingClock(() => nowMs);
  const setBacks: number[] = [];
  clock.onSetBack = (seconds) => setBacks.push(seconds);
  return { clock, setBacks, pass: (ms: number) => nowMs += ms, next: () => formatInstant(clock.next()) };
}

Deno.test("stamps rise while the clock stands still or is corrected a little", () => {
  const { next, pass, setBacks } = settableClock(1_800_000_000_000);
  const stamps = [next(), next()];
  pass(-900);
  stamps.push(next());
  pass(2000);
  stamps.push(next());
  deepEqual(stamps, [...new Set(stamps)].sort());
  deepEqual(setBacks, []);
});

Deno.test("stamps follow a clock that is set back, at once, and it is said once", () => {
  const { next, pass, setBacks } = settableClock(1_800_000_000_000);
  next();
  pass(-3_600_000);
  const after = next();
  equal(after, "2027-01-15T07:00:00.000000001Z");
  pass(1);
  ok(next() > after);
  deepEqual(setBacks, [3600]);
});

Deno.test("joined lines follow a clock that is set back, too", async () => {
  let nowMs = 1_800_000_000_000;
  const lines = new Lines({ multiline: "^\\S" }, undefined, () => nowMs);
  lines.write("before").write(" more").write("next").write(" more");
  nowMs -= 3_600_000;
  lines.write("after").write(" more").write("last").records.end();
  const stamps = (await lines.written()).map(({ timestamp }) => (timestamp as string).slice(11, 16));
  deepEqual(stamps, ["08:00", "08:00", "07:00", "07:00"]);
});
