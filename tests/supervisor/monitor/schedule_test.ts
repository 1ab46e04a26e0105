import { deepEqual, equal, ok } from "node:assert/strict";
import { type Check, type CheckResult, failing } from "../../../src/supervisor/monitor/check.ts";
import { firstTick, runSchedule } from "../../../src/supervisor/monitor/schedule.ts";
import { testCheck } from "./test_check.ts";

interface Seen {
  readonly check: string;
  readonly result: CheckResult;
  readonly durationMs: number;
}

function check(name: string, frequencyTicks: number, run: Check["run"], options: Partial<Check> = {}): Check {
  return testCheck(name, { frequencyTicks, run, ...options });
}

/** Runs the checks until `enough` says so; time is real. */
async function runUntil(
  checks: readonly Check[],
  enough: (seen: readonly Seen[]) => boolean,
  { ranMs = 0 } = {},
): Promise<Seen[]> {
  const stop = new AbortController();
  const seen: Seen[] = [];
  await runSchedule(checks, {
    service: "web",
    signal: stop.signal,
    nowMs: () => performance.now(),
    startedAtMs: performance.now() - ranMs,
    onResult(check, run) {
      seen.push({ check: check.name, ...run });
      if (enough(seen)) stop.abort();
    },
  });
  return seen;
}

const passing = () => Promise.resolve<CheckResult>({ ok: true });
const countOf = (seen: readonly Seen[], name: string) => seen.filter(({ check }) => check === name).length;

Deno.test("runSchedule() runs each check at every multiple of its frequency", async () => {
  const seen = await runUntil(
    [check("each", 1, passing), check("second", 2, passing)],
    (seen) => countOf(seen, "second") === 2,
  );
  deepEqual(seen.map(({ check }) => check), ["each", "each", "second", "each", "each", "second"]);
});

Deno.test("a check that hangs neither overlaps itself nor holds up another, and fails after its timeout", async () => {
  let underWay = 0;
  let most = 0;
  const hanging = check("hanging", 1, async (signal) => {
    most = Math.max(most, ++underWay);
    try {
      return await new Promise<CheckResult>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    } finally {
      underWay--;
    }
  }, { timeoutMs: 2500 });
  const seen = await runUntil(
    [hanging, check("quick", 1, passing)],
    (seen) => countOf(seen, "hanging") === 1,
  );
  equal(most, 1);
  ok(countOf(seen, "quick") >= 3, "the other check went on");
  const hung = seen.find(({ check }) => check === "hanging");
  deepEqual(hung?.result, failing("no result within 2.5 s"));
  ok(hung.durationMs >= 2490 && hung.durationMs < 4000, `${hung.durationMs} ms`);
});

Deno.test("a check that throws is a failing check", async () => {
  const seen = await runUntil(
    [check("broken", 1, () => Promise.reject(new Error("no such host")))],
    () => true,
  );
  deepEqual(seen[0]?.result, failing("no such host"));
});

Deno.test("a stop breaks off what is under way, without a result", async () => {
  const stop = new AbortController();
  const hanging = check("hanging", 1, (signal) => {
    queueMicrotask(() => stop.abort());
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  let results = 0;
  await runSchedule([hanging], {
    service: "web",
    signal: stop.signal,
    nowMs: () => performance.now(),
    startedAtMs: performance.now(),
    onResult: () => results++,
  });
  equal(results, 0);
});

Deno.test("start_after: the check does not run until so long after the container's start", async () => {
  const waiting = check("waiting", 1, passing, { startAfterMs: 60_000 });
  const seen = await runUntil(
    [waiting, check("other", 1, passing)],
    (seen) => countOf(seen, "waiting") === 1,
    { ranMs: 57_500 },
  );
  equal(countOf(seen, "other"), 3);
  const late = await runUntil([waiting], () => true, { ranMs: 60_000 });
  equal(late.length, 1);
});

Deno.test("the same check of fifty services does not run in step, and never at once after the start", () => {
  const ticks = (frequencyTicks: number, notBefore = 0) =>
    Array.from(
      { length: 50 },
      (_, index) => firstTick(testCheck("http /", { frequencyTicks }), `service-${index}`, notBefore),
    );
  const spread = ticks(60);
  ok(new Set(spread).size > 15, `only ${new Set(spread).size} ticks`);
  ok(spread.every((tick) => tick > 30 && tick <= 60), `${spread}`);
  deepEqual(ticks(60), spread, "each time the same");
  deepEqual(new Set(ticks(1)), new Set([1]));
  const delayed = ticks(60, 10);
  ok(new Set(delayed).size > 15 && delayed.every((tick) => tick >= 10 && tick < 40), `${delayed}`);
});

Deno.test("a thousand checks a second take turns each second", async () => {
  let runs = 0;
  const checks = Array.from(
    { length: 1000 },
    (_, index) => check(`check ${index}`, 1, () => passing().finally(() => runs++)),
  );
  await runUntil(checks, () => runs >= 3000);
  equal(runs, 3000);
});
