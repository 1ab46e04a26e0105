import { deepEqual, equal, fail, ok } from "node:assert/strict";
import { type Check, type CheckResult, failing } from "../../../src/checks/check.ts";
import { pause } from "../../../src/host/pause.ts";
import { firstTurnMs, runSchedule } from "../../../src/supervisor/verdicts/schedule.ts";
import { testCheck } from "../../checks/test_check.ts";

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
    wasPausedSince: () => false,
    onLack: (reason) => fail(reason),
    onResult(check, run) {
      seen.push({ check: check.name, ...run });
      if (enough(seen)) stop.abort();
    },
  });
  return seen;
}

/** For a machine that has other things to do; less than half a turn. */
const BUSY_MS = 450;

const passing = () => Promise.resolve<CheckResult>({ ok: true });
const countOf = (seen: readonly Seen[], name: string) => seen.filter(({ check }) => check === name).length;

Deno.test("runSchedule() runs each check as often as its frequency says, for the first time within it", async () => {
  const begunMs = performance.now();
  const at: Record<string, number[]> = { each: [], second: [] };
  const noting = (name: string) => () => {
    at[name]!.push(performance.now() - begunMs);
    return passing();
  };
  await runUntil(
    [check("each", 1, noting("each")), check("second", 2, noting("second"))],
    (seen) => countOf(seen, "second") === 2,
  );
  for (const [name, periodMs] of [["each", 1000], ["second", 2000]] as const) {
    const [first = 0, ...others] = at[name]!;
    ok(first > periodMs / 2 && first < periodMs + BUSY_MS, `${name}: ${at[name]}`);
    others.forEach((ms, index) => {
      const lateMs = ms - first - (index + 1) * periodMs;
      ok(Math.abs(lateMs) < BUSY_MS, `${name}: ${at[name]}`);
    });
  }
  ok(at.each!.length >= 3);
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
    wasPausedSince: () => false,
    onResult: () => results++,
    onLack: (reason) => fail(reason),
  });
  equal(results, 0);
});

Deno.test("a check that ends neither at its timeout nor at a stop: it holds up nothing, and is not silent", async () => {
  let runs = 0;
  const never = Promise.withResolvers<CheckResult>();
  const deaf = check("deaf", 1, () => {
    runs++;
    return never.promise;
  }, { timeoutMs: 500 });
  const seen = await runUntil(
    [deaf, check("quick", 1, passing)],
    (seen) => countOf(seen, "deaf") === 3 && countOf(seen, "quick") >= 3,
  );
  equal(runs, 1);
  deepEqual(seen.filter(({ check }) => check === "deaf").map(({ result }) => result), [
    failing("no result within 0.5 s"),
    failing("still running: the run before does not end"),
    failing("still running: the run before does not end"),
  ]);
  const stop = new AbortController();
  const other = check("other", 1, () => {
    queueMicrotask(() => stop.abort());
    return never.promise;
  });
  const onResult = () => fail("a run that was broken off has no result");
  const nowMs = () => performance.now();
  await runSchedule([other], {
    service: "web",
    signal: stop.signal,
    nowMs,
    startedAtMs: nowMs(),
    wasPausedSince: () => false,
    onResult,
    onLack: onResult,
  });
});

Deno.test("start_after: the check does not run until so long after the container's start", async () => {
  const begunMs = performance.now();
  const waiting = check("waiting", 1, passing, { startAfterMs: 60_000 });
  const seen = await runUntil(
    [waiting, check("other", 1, passing)],
    (seen) => countOf(seen, "waiting") === 1,
    { ranMs: 57_500 },
  );
  ok(performance.now() - begunMs >= 2500);
  ok(countOf(seen, "other") >= 2, "the other check did not wait");
  equal((await runUntil([waiting], () => true, { ranMs: 60_000 })).length, 1);
});

Deno.test("a reload every half second does not keep a check from its turns", async () => {
  const startedAtMs = performance.now();
  const turns = check("slow", 2, passing);
  const results: number[] = [];
  while (performance.now() - startedAtMs < 4_500) {
    await runSchedule([turns], {
      service: "web",
      signal: AbortSignal.timeout(500),
      nowMs: () => performance.now(),
      startedAtMs,
      wasPausedSince: () => false,
      onLack: (reason) => fail(reason),
      onResult: () => results.push(performance.now() - startedAtMs),
    });
  }
  ok(results.length >= 2, `${results}`);
});

Deno.test("the same check of fifty services does not run in step, and never at once after the start", () => {
  const firstTurns = (frequencyTicks: number, startAfterMs = 0) =>
    Array.from({ length: 50 }, (_, index) => {
      const check = testCheck("http /", { frequencyTicks, startAfterMs });
      return firstTurnMs(check, `service-${index}`);
    });
  const spread = firstTurns(60);
  ok(new Set(spread).size > 35, `only ${new Set(spread).size} moments`);
  ok(spread.every((ms) => ms > 30_000 && ms <= 60_000), `${spread}`);
  deepEqual(firstTurns(60), spread, "each time the same");
  ok(firstTurns(1).every((ms) => ms > 500 && ms <= 1000));
  const delayed = firstTurns(60, 10_000);
  ok(new Set(delayed).size > 35 && delayed.every((ms) => ms >= 10_000 && ms < 40_000), `${delayed}`);
});

Deno.test("of checks that start a program a hundred run at once, and each gets its turn", async () => {
  let underWay = 0;
  let most = 0;
  const started: (() => void)[] = [];
  const run = async (): Promise<CheckResult> => {
    most = Math.max(most, ++underWay);
    await new Promise<void>((resolve) => {
      started.push(resolve);
      if (started.length === 100) setTimeout(() => started.splice(0).forEach((end) => end()), 300);
    });
    underWay--;
    return { ok: true };
  };
  const checks = Array.from(
    { length: 300 },
    (_, index) => check(`check ${index}`, 1, run, { startsProgram: true, timeoutMs: 20_000 }),
  );
  const seen = await runUntil(checks, (seen) => new Set(seen.map(({ check }) => check)).size === 300);
  equal(most, 100);
  ok(
    seen.every(({ result, durationMs }) => result.ok && durationMs < 2000),
    "waiting for a place does not count",
  );
});

Deno.test("programs that are started do not keep other checks from their answers", async () => {
  const start = (): Promise<CheckResult> => {
    for (const untilMs = performance.now() + 10; performance.now() < untilMs;);
    return Promise.resolve({ ok: true });
  };
  const programs = Array.from(
    { length: 300 },
    (_, index) => check(`program ${index}`, 1, start, { startsProgram: true }),
  );
  const inTenTurns = async (signal: AbortSignal): Promise<CheckResult> => {
    for (let turn = 0; turn < 10; turn++) await pause(0, signal);
    return { ok: true };
  };
  const seen = await runUntil(
    [...programs, check("another", 1, inTenTurns)],
    (seen) => seen.filter(({ check }) => check === "another").length === 2,
  );
  for (const { check, result, durationMs } of seen) {
    if (check === "another") ok(result.ok && durationMs < 1500, `${durationMs} ms`);
  }
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
