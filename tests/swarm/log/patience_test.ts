/** How long a silent log is left alone. */
import { deepEqual } from "node:assert/strict";
import { Patience } from "../../../src/swarm/log/patience.ts";

const TIMES = { patienceMs: 15, longestPatienceMs: 100, deliveryMs: 2 };

/**
 * At each look: how long it was waited, and whether the log is opened anew. `lines`: how many there are at a time; `opened`:
 * how many the log is found to have when it is opened anew.
 */
function looks(count: number, lines: (atMs: number) => number, opened = lines): string[] {
  let atMs = 0;
  let isOpened = false;
  const patience = new Patience(TIMES, () => atMs);
  return Array.from({ length: count }, () => {
    const { waitMs } = patience;
    atMs += waitMs;
    isOpened = patience.isSilent((isOpened ? opened : lines)(atMs));
    return `${waitMs}${isOpened ? " opened" : ""}`;
  });
}

Deno.test(
  { name: "a log that is really silent is opened anew ever more seldom", permissions: "none" },
  () => {
    deepEqual(looks(12, () => 0), [
      "15 opened",
      "2",
      "30 opened",
      "2",
      "60 opened",
      "2",
      "100 opened",
      "2",
      "100 opened",
      "2",
      "100 opened",
      "2",
    ]);
  },
);

Deno.test({ name: "a log that is lively is never opened anew", permissions: "none" }, () => {
  deepEqual(looks(20, (atMs) => Math.floor(atMs)).filter((look) => look.endsWith("opened")), []);
});

Deno.test({
  name: "where that has brought something, the patience is as short as at first",
  permissions: "none",
}, () => {
  // Its stream brings nothing more; what is opened anew has all.
  const found = looks(7, () => 5, (atMs) => Math.floor(atMs));
  deepEqual(found, ["15", "15 opened", "2", "15", "15 opened", "2", "15"]);
});

Deno.test({
  name: "a log that writes every now and then is opened anew no more often than each longest time",
  permissions: "none",
}, () => {
  const each30 = looks(60, (atMs) => Math.floor(atMs / 30));
  const durationMs = each30.reduce((sum, look) => sum + parseInt(look), 0);
  const openings = each30.filter((look) => look.endsWith("opened")).length;
  deepEqual(openings <= 2 + durationMs / TIMES.longestPatienceMs, true, `${openings} in ${durationMs}`);
});
