import { deepEqual, equal, match } from "node:assert/strict";
import { readEntry } from "../../../src/commands/logs/journal_record.ts";
import { entryOf, RECORDED_ENTRIES } from "./journal_entries.ts";

const recorded = RECORDED_ENTRIES.map((line) => readEntry(line)!);

Deno.test("readEntry() yields the record that a message is, word for word", () => {
  const { record, service, isForeign, json, cursor } = recorded.find(({ record }) =>
    record.source === "monitoring"
  )!;
  equal(record.timestamp, "2026-11-26T08:58:06.968542481Z");
  deepEqual([record.severity, record.message], ["error", 'Check "alive" fails: exit code 1, expected 0']);
  equal(record.data.stderr, "not so well\n");
  deepEqual([service, isForeign], ["rec", false]);
  equal(json, JSON.parse(RECORDED_ENTRIES.find((line) => line.includes("not so well"))!).MESSAGE);
  match(cursor, /^s=[0-9a-f]{32};i=213;/);
});

Deno.test("readEntry() makes records of what systemd and other programs have written in the unit", () => {
  const [starting, printf] = recorded;
  deepEqual(starting!.record, {
    timestamp: "2026-11-26T08:58:04.554Z",
    severity: "info",
    source: "systemd",
    message: "Starting service_runner@rec.service - rec, a Docker container run by service_runner...",
    data: {},
    context: { service: "rec" },
    exception: null,
  });
  deepEqual([starting!.isForeign, starting!.json], [true, undefined]);
  // Its message is no UTF-8.
  deepEqual([printf!.record.source, printf!.record.message], ["printf", "caf\ufffd \x1b[31mred\x1b[0m"]);
  const failed = recorded.find(({ record }) => record.message.includes("Main process exited"))!;
  deepEqual([failed.record.source, failed.record.severity, failed.service], ["systemd", "notice", "rec"]);
  const ownStderr = recorded.find(({ record }) => record.message === "  2 | imge: x")!;
  deepEqual([ownStderr.record.source, ownStderr.isForeign], ["service", false]);
});

Deno.test("readEntry() reads the forms that a field may have", () => {
  const messageOf = (fields: object) =>
    readEntry(JSON.stringify({ ...JSON.parse(RECORDED_ENTRIES[0]!), ...fields }))?.record.message;
  equal(messageOf({ MESSAGE: null }), "");
  equal(messageOf({ MESSAGE: ["one", "two"] }), "one");
  equal(messageOf({ MESSAGE: [[99, 97, 102, 233], "two"] }), "caf\ufffd");
  equal(messageOf({ MESSAGE: [103, 114, 195, 188, 110] }), "grün");
  equal(messageOf({ MESSAGE: '{"timestamp":"now"}' }), '{"timestamp":"now"}');
  equal(messageOf({ MESSAGE: '{"cut' }), '{"cut');
});

Deno.test("readEntry() believes nobody but the unit's own processes, and root", () => {
  const message = JSON.parse(entryOf({})).MESSAGE;
  const forged = (fields: object) => {
    const { _SYSTEMD_UNIT, ...entry } = JSON.parse(entryOf({}));
    return readEntry(JSON.stringify({ ...entry, COREDUMP_UNIT: _SYSTEMD_UNIT, MESSAGE: message, ...fields }));
  };
  equal(forged({ _UID: "65534" }), undefined);
  equal(
    forged({ _UID: "65534", _SYSTEMD_UNIT: "user@1000.service", UNIT: "service_runner@web.service" }),
    undefined,
  );
  const ofRoot = forged({ _UID: "0", SYSLOG_IDENTIFIER: "systemd-coredump" })!;
  deepEqual([ofRoot.isForeign, ofRoot.record.source, ofRoot.json], [true, "systemd-coredump", undefined]);
});

Deno.test("readEntry() takes the JSON of others for text, and no line for an entry that is none", () => {
  for (const changed of [{ severity: "loud" }, { timestamp: 5 }, { data: [] }]) {
    const entry = JSON.parse(entryOf({}));
    entry.MESSAGE = JSON.stringify({ ...JSON.parse(entry.MESSAGE), ...changed });
    equal(readEntry(JSON.stringify(entry))!.record.message, entry.MESSAGE);
  }
  for (const line of ["", "-- No entries --", "{", "[]", "null"]) equal(readEntry(line), undefined);
});
