// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/** What a service keeps of itself for others: what is counted, and what is believed when it is read. */
import { deepEqual, equal } from "node:assert/strict";
import { parseStatus } from "../../src/logging/service_status.ts";
import { statusFile } from "../support/status_file.ts";
import { tempDir } from "../support/temp_dir.ts";

const CHECK = { name: "http /", kind: "check_http" };
const CONTAINER = {
  id: "0123",
  image: "nginx",
  startedAt: new Date(),
  countLines: () => 2,
  isPaused: () => false,
  loaded: { file: "/srv/config/web.yaml", sha256: "00" },
};

Deno.test("StatusFile counts on when the container is another one, and its history begins anew", async () => {
  await using dir = await tempDir();
  const written = { lines: 0, bytes: 0 };
  const file = statusFile(dir.path, { service: "web", pid: 4711 }, written);
  const run = (ok: boolean, restarts: number) =>
    file.check(CHECK, { result: { ok }, durationMs: 5 }, { ok, restarts });
  file.follow(CONTAINER);
  run(true, 0);
  run(false, 1);
  written.lines = 7;
  written.bytes = 70;
  file.unfollow();
  file.follow({ ...CONTAINER, id: "4567" });
  run(true, 1);
  file.countFailedAlerts(() => 3);
  file.close(undefined);
  const status = parseStatus(await Deno.readTextFile(`${dir.path}/status.json`));
  deepEqual(status?.checks, [{ ...CHECK, ok: true, history: [5], runs: 3, failures: 1 }]);
  deepEqual(status?.counters, { log_lines: 7, log_bytes: 70, restarts: 1, alerts_failed: 3 });
});

Deno.test("StatusFile says when a certificate expires", async () => {
  await using dir = await tempDir();
  const file = statusFile(dir.path, { service: "web", pid: 4711 });
  const certificateExpiresAt = new Date("2027-01-02T03:04:05Z");
  file.check(CHECK, { result: { ok: true, certificateExpiresAt }, durationMs: 5 }, { ok: true, restarts: 0 });
  const status = parseStatus(await Deno.readTextFile(`${dir.path}/status.json`));
  equal(status?.checks[0]?.certificate_expires_at, "2027-01-02T03:04:05.000Z");
});

/** As a program before counters has written it. */
const OLDER = {
  pid: 4711,
  service: "web",
  phase: "ready",
  status: "Running",
  container: { id: "0123", image: "nginx", started_at: "2026-01-02T12:00:00.000Z", paused: false },
  config: null,
  checks: [{ ...CHECK, ok: true, history: [1, -2] }],
  log: { lines: 1, lines_per_minute: 1 },
  update: null,
  written_at: "2026-01-02T12:00:00.000Z",
};

Deno.test("parseStatus() takes what an older program has written; nothing is counted in it", () => {
  const status = parseStatus(JSON.stringify(OLDER));
  deepEqual(status?.checks, [{ ...CHECK, ok: true, history: [1, -2] }]);
  equal(status?.counters, undefined);
});

Deno.test("parseStatus() believes nothing of another shape", async (t) => {
  const cases: Readonly<Record<string, unknown>> = {
    "no JSON": "{",
    "a list": "[]",
    "checks that are no list": JSON.stringify({ ...OLDER, checks: 7 }),
    "a history of texts": JSON.stringify({ ...OLDER, checks: [{ ...OLDER.checks[0], history: ["<b>"] }] }),
    "a time that is none": JSON.stringify({ ...OLDER, written_at: "soon" }),
    "a phase that there is not": JSON.stringify({ ...OLDER, phase: "<script>" }),
    "no status": JSON.stringify({ ...OLDER, status: null }),
    "a count that falls": JSON.stringify({ ...OLDER, counters: { log_lines: -1 } }),
  };
  for (const [name, text] of Object.entries(cases)) {
    await t.step(name, () => equal(parseStatus(text as string), undefined));
  }
});
