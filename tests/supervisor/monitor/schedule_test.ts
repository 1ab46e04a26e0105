import { deepEqual, equal, ok } from "node:assert/strict";
import { type Check, type CheckResult, failing } from "../../../src/supervisor/monitor/check.ts";
import { runSchedule } from "../../../src/supervisor/monitor/schedule.ts";

interface Seen {
  readonly check: string;
  readonly result: CheckResult;
}

function check(name: string, frequencyTicks: number, run: Check["run"], timeoutMs = 10_000): Check {
  return { name, kind: "test", frequencyTicks, timeoutMs, forReady: false, onFailure: "log", run };
}

/** Runs the checks until `enough` says so; time is real. */
async function runUntil(
  checks: readonly Check[],
  enough: (seen: readonly Seen[]) => boolean,
): Promise<Seen[]> {
  const stop = new AbortController();
  const seen: Seen[] = [];
  await runSchedule(checks, {
    signal: stop.signal,
    nowMs: () => performance.now(),
    onResult(check, result) {
      seen.push({ check: check.name, result });
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
  }, 2500);
  const seen = await runUntil(
    [hanging, check("quick", 1, passing)],
    (seen) => countOf(seen, "hanging") === 1,
  );
  equal(most, 1);
  ok(countOf(seen, "quick") >= 3, "the other check went on");
  deepEqual(seen.find(({ check }) => check === "hanging")?.result, failing("no result within 2.5 s"));
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
    signal: stop.signal,
    nowMs: () => performance.now(),
    onResult: () => results++,
  });
  equal(results, 0);
});
