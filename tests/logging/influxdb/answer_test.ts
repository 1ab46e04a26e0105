import { deepEqual, equal, ok } from "node:assert/strict";
import { backoffMs, verdictOf } from "../../../src/logging/influxdb/answer.ts";

const NOW_MS = Date.parse("2026-11-22T15:00:00Z");

function response(httpStatus: number, retryAfter: string | null = null) {
  return verdictOf({ kind: "response", httpStatus, retryAfter, text: "why" }, NOW_MS);
}

Deno.test({
  name: "verdictOf() knows what each status means",
  permissions: "none",
  fn: () => {
    const kinds = {
      stored: [200, 202, 204],
      "bad_lines": [400, 422],
      "too_large": [413],
      refused: [301, 401, 403, 404, 405],
      away: [408, 429, 500, 502, 503, 504],
    };
    for (const [kind, statuses] of Object.entries(kinds)) {
      for (const status of statuses) equal(response(status).kind, kind, `HTTP status ${status}`);
    }
    const lost = verdictOf({ kind: "no_response", reason: "refused" }, NOW_MS);
    deepEqual(lost, { kind: "away", reason: "refused", waitMs: undefined });
  },
});

Deno.test({
  name: "verdictOf() takes Retry-After as seconds or as a date, up to ten minutes",
  permissions: "none",
  fn: () => {
    const table: [string | null, number | undefined][] = [
      ["3", 3000],
      ["0", 250],
      ["Sun, 22 Nov 2026 15:00:07 GMT", 7000],
      ["Sun, 22 Nov 2026 14:00:00 GMT", 250],
      ["86400", 600_000],
      ["soon", undefined],
      [null, undefined],
    ];
    for (const [header, waitMs] of table) {
      deepEqual(response(503, header), { kind: "away", reason: "HTTP status 503: why", waitMs }, `${header}`);
    }
  },
});

Deno.test({
  name: "backoffMs() doubles up to a limit, and spreads",
  permissions: "none",
  fn: () => {
    deepEqual([1, 2, 3, 4].map((failures) => backoffMs(failures, 1)), [500, 1000, 2000, 4000]);
    equal(backoffMs(1, 0), 250);
    equal(backoffMs(2000, 1), 15_000);
    ok(backoffMs(50, 0) >= 7000);
  },
});
