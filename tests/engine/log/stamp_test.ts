import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { StampReader } from "../../../src/engine/log/stamp.ts";
import { formatInstant } from "../../../src/logging/rising_clock.ts";

function read(text: string, reader = new StampReader()) {
  const bytes = new TextEncoder().encode(`..${text}..`);
  return reader.read(bytes, 2, 2 + text.length);
}

Deno.test("StampReader reads what the engine writes", () => {
  const reader = new StampReader();
  const seconds = fc.integer({ min: 0, max: 253402300799 });
  fc.assert(fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
    deepEqual(read(formatInstant({ seconds, nanos }), reader), { seconds, nanos });
  }));
});

Deno.test("StampReader heeds the host's time zone, which the drivers local and journald keep", () => {
  const expected = { seconds: Date.parse("2026-11-22T15:34:18Z") / 1000, nanos: 123_456_789 };
  const reader = new StampReader();
  for (const text of ["15:34:18.123456789Z", "17:04:18.123456789+01:30", "10:34:18.123456789-05:00"]) {
    deepEqual(read(`2026-11-22T${text}`, reader), expected, text);
  }
});

Deno.test("StampReader takes nothing else for a stamp", () => {
  for (
    const text of [
      "",
      "2026-11-22T15:34:18Z",
      "2026-11-22T15:34:18.12345678xZ",
      "2026-13-22T15:34:18.123456789Z",
      "2026-11-22T15:34:18.123456789 ",
      "2026-11-22T15:34:18.123456789?01:00",
      "2026-11-22T15:34:18.123456789+0x:00",
    ]
  ) equal(read(text), undefined, text);
});
