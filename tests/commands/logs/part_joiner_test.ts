import { deepEqual, equal } from "node:assert/strict";
import type { JournalRecord } from "../../../src/commands/logs/journal_record.ts";
import { missingParts, PartJoiner } from "../../../src/commands/logs/part_joiner.ts";
import { recordOf } from "./journal_entries.ts";

function part(message: string, number: number, parts: number | null, source = "docker_logs.stdout") {
  return recordOf({ message, source, data: { part: number, parts } });
}

function join(direction: "forward" | "backward", records: readonly JournalRecord[]): JournalRecord[] {
  const joiner = new PartJoiner(direction);
  const inOrder = direction === "forward" ? records : records.toReversed();
  const joined = [...inOrder.flatMap((record) => joiner.add(record)), ...joiner.end()];
  return direction === "forward" ? joined : joined.reverse();
}

/** The texts, with `…` where parts are missing. */
function textsOf(records: readonly JournalRecord[]): string[] {
  return records.map((record) => {
    const { before, after } = missingParts(record);
    return `${before ? "…" : ""}${record.record.message}${after ? "…" : ""}`;
  });
}

const whole = recordOf({ message: "whole" });
const CASES: [name: string, records: JournalRecord[], expected: string[]][] = [
  ["records that are whole", [whole, whole], ["whole", "whole"]],
  ["parts", [part("a", 1, 3), part("b", 2, 3), part("c", 3, 3), whole], ["abc", "whole"]],
  ["parts of a line whose length was not known", [part("a", 1, null), part("b", 2, null), part("c", 3, 3)], [
    "abc",
  ]],
  ["one after the other", [part("a", 1, 2), part("b", 2, 2), part("c", 1, 2), part("d", 2, 2)], ["ab", "cd"]],
  [
    "of two streams at once",
    [
      part("a", 1, 2),
      part("x", 1, 2, "docker_logs.stderr"),
      part("b", 2, 2),
      part("y", 2, 2, "docker_logs.stderr"),
    ],
    ["ab", "xy"],
  ],
  ["the first is forgotten", [part("b", 2, 3), part("c", 3, 3)], ["…bc"]],
  ["the program was killed", [part("a", 1, null), part("b", 2, null), whole], ["ab…", "whole"]],
  ["the program was killed, and a line is split again", [
    part("a", 1, null),
    part("c", 1, 2),
    part("d", 2, 2),
  ], [
    "a…",
    "cd",
  ]],
  ["one in between is missing", [part("a", 1, 3), part("c", 3, 3)], ["a…", "…c"]],
];

for (const direction of ["forward", "backward"] as const) {
  Deno.test(`PartJoiner joins what belongs together, reading ${direction}`, async (t) => {
    for (const [name, records, expected] of CASES) {
      await t.step(name, () => deepEqual(textsOf(join(direction, records)).toSorted(), expected.toSorted()));
    }
  });
}

Deno.test("PartJoiner keeps time and data of the first part", () => {
  const first = recordOf({
    message: "a",
    timestamp: "2026-01-02T03:04:05Z",
    data: { check: "x", part: 1, parts: 2 },
  });
  const second = recordOf({
    message: "b",
    timestamp: "2026-01-02T03:04:06Z",
    data: { check: "x", part: 2, parts: 2 },
  });
  for (const direction of ["forward", "backward"] as const) {
    const [{ record, json } = whole] = join(direction, [first, second]);
    deepEqual([record.timestamp, record.data, json], ["2026-01-02T03:04:05Z", { check: "x" }, undefined]);
  }
});

Deno.test("PartJoiner goes on forward with what has no end yet when it was read backward", () => {
  const unfinished = join("backward", [part("a", 1, null), part("b", 2, null)]);
  const joined = join("forward", [...unfinished, part("c", 3, 3)]);
  deepEqual(textsOf(joined), ["abc"]);
  equal(joined[0]!.record.data.part, undefined);
});
