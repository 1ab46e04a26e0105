import { deepEqual, equal } from "node:assert/strict";
import type { Answer } from "../../../src/logging/influxdb/answer.ts";
import { Delivery } from "../../../src/logging/influxdb/delivery.ts";
import { Outbox } from "../../../src/logging/influxdb/outbox.ts";
import { Trouble } from "../../../src/logging/influxdb/trouble.ts";
import type { LogEntry } from "../../../src/logging/log_record.ts";

function response(httpStatus: number): Answer {
  return { kind: "response", httpStatus, retryAfter: null, text: "" };
}

/** Delivers lines to a server that answers as told, and closes at once; yields what was stored and what was logged. */
async function deliver(lines: readonly string[], answer: (lines: readonly string[]) => Answer) {
  const logged: LogEntry[] = [];
  const nowMs = () => 0;
  const trouble = new Trouble({
    spoolFolder: undefined,
    location: "http://db",
    logger: { log: (entry) => logged.push(entry) },
    nowMs,
  });
  const outbox = new Outbox({ spool: undefined, trouble, nowMs });
  const stored: string[] = [];
  const writes: string[][] = [];
  const write = (bytes: Uint8Array) => {
    const sent = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
    writes.push(sent);
    const answered = answer(sent);
    if (answered.kind === "response" && answered.httpStatus === 204) stored.push(...sent);
    return Promise.resolve(answered);
  };
  for (const line of lines) outbox.append(line);
  await new Delivery({ outbox, write, trouble }).close(60_000);
  return { stored, writes, logged: logged.map(({ message, data }) => ({ message, dropped: data?.dropped })) };
}

const NUMBERS = Array.from({ length: 16 }, (_, index) => `${index}`);

Deno.test({
  name: "Delivery cuts a batch that is too large until the server takes all of it, in order",
  permissions: "none",
  fn: async () => {
    const { stored, logged } = await deliver(NUMBERS, (lines) => response(lines.length > 3 ? 413 : 204));
    deepEqual(stored, NUMBERS);
    deepEqual(logged, []);
  },
});

Deno.test({
  name: "Delivery gives up the half that has the bad lines, and counts it",
  permissions: "none",
  fn: async () => {
    const { stored, writes, logged } = await deliver(
      NUMBERS,
      (lines) => response(lines.includes("3") ? 400 : 204),
    );
    deepEqual(stored, NUMBERS.slice(8));
    deepEqual(writes.map(({ length }) => length), [16, 8, 8]);
    const message = "Records are lost to InfluxDB, though not to the log: HTTP status 400";
    deepEqual(logged, [{ message, dropped: 8 }]);
  },
});

Deno.test({
  name: "Delivery gives up a single line that is too large, or bad",
  permissions: "none",
  fn: async () => {
    for (const status of [400, 413]) {
      const { writes, logged } = await deliver(["a"], () => response(status));
      equal(writes.length, 1);
      equal(logged[0]?.dropped, 1);
    }
  },
});

Deno.test({
  name:
    "Delivery that is closed while the server refuses, or is away, sends no more, and tells of what is left",
  permissions: "none",
  fn: async () => {
    const answers: [Answer, RegExp][] = [
      [response(401), /^InfluxDB at http:\/\/db refuses records, they wait: HTTP status 401; check location/],
      [
        { kind: "no_response", reason: "gone" },
        /^InfluxDB at http:\/\/db takes no records, they wait: gone$/,
      ],
    ];
    for (const [answer, first] of answers) {
      const { writes, logged } = await deliver(NUMBERS, () => answer);
      equal(writes.length, 1);
      deepEqual(logged.map(({ dropped }) => dropped), [undefined, 16]);
      equal(first.test(logged[0]?.message ?? ""), true, logged[0]?.message);
    }
  },
});
