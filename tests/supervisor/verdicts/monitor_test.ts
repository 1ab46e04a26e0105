import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { LogEntry } from "../../../src/logging/log_record.ts";
import type { CheckReport } from "../../../src/logging/metrics.ts";
import { type Check, type CheckResult, failing } from "../../../src/checks/check.ts";
import { Monitor } from "../../../src/supervisor/verdicts/monitor.ts";
import { testCheck } from "../../checks/test_check.ts";

const PASSED: CheckResult = { ok: true };
const MINUTE = 60_000;

class Bench {
  readonly entries: LogEntry[] = [];
  readonly reports: CheckReport[] = [];
  readonly summaries: string[] = [];
  readonly monitor: Monitor;
  nowMs = 0;

  constructor(readonly checks: readonly Check[]) {
    this.monitor = new Monitor({
      logger: { log: (entry) => this.entries.push(entry) },
      metrics: { check: (report) => this.reports.push(report) },
      nowMs: () => this.nowMs,
    });
    this.monitor.onChange = () => this.summaries.push(this.monitor.summary());
    this.monitor.take(checks);
  }

  accept(result: CheckResult, { check = this.checks[0]!, durationMs = 5 } = {}) {
    return this.monitor.accept(check, { result, durationMs });
  }

  get messages(): string[] {
    return this.entries.map(({ severity, message }) => `${severity} ${message}`);
  }
}

Deno.test("Monitor reports a failure once, and the recovery with how long it lasted", () => {
  const bench = new Bench([testCheck("one")]);
  for (const result of [PASSED, failing("status 500"), failing("status 500"), failing("status 503")]) {
    bench.accept(result);
    bench.nowMs += 1000;
  }
  bench.accept(PASSED);
  bench.accept(PASSED);
  deepEqual(bench.messages, [
    'error Check "one" fails: status 500',
    'notice Check "one" passes again, after 3 s',
  ]);
  deepEqual(bench.entries.map(({ source }) => source), ["monitoring", "monitoring"]);
});

Deno.test("Monitor says once that checks can not be run, and shows it until one can", () => {
  const bench = new Bench([testCheck("one")]);
  bench.accept(PASSED);
  for (let run = 0; run < 3; run++) bench.monitor.noteLack("Too many open files (os error 24)");
  deepEqual(bench.messages, [
    "warn Checks can not be run just now, and count neither as passing nor as failing: " +
    "Too many open files (os error 24)",
  ]);
  equal(bench.monitor.summary(), "1 check passes, checks can not be run just now");
  bench.accept(PASSED);
  equal(bench.monitor.summary(), "1 check passes");
});

Deno.test("Monitor counts a failure from the first of those in a row", () => {
  const bench = new Bench([testCheck("one", { failureThreshold: 3, successThreshold: 2 })]);
  for (const result of [PASSED, ...Array(3).fill(failing("status 500")), PASSED, PASSED]) {
    bench.accept(result);
    bench.nowMs += 1000;
  }
  deepEqual(bench.messages, [
    'error Check "one" fails 3 times in a row: status 500',
    'notice Check "one" passes again, after 4 s',
  ]);
});

Deno.test("Monitor reminds of a check that goes on failing, at most every 10 minutes", () => {
  const bench = new Bench([testCheck("one")]);
  for (let minute = 0; minute <= 25; minute++) {
    bench.accept(failing("status 500"));
    bench.nowMs += MINUTE;
  }
  deepEqual(bench.messages, [
    'error Check "one" fails: status 500',
    'error Check "one" still fails, for 10 min: status 500',
    'error Check "one" still fails, for 20 min: status 500',
  ]);
});

Deno.test("Monitor says once which check takes longer than its frequency, and by how much", () => {
  const bench = new Bench([testCheck("slow", { frequencyTicks: 2 }), testCheck("other")]);
  for (const durationMs of [1999, 3240, 5000]) {
    bench.accept(PASSED, { durationMs });
    bench.nowMs += 10 * MINUTE;
  }
  deepEqual(bench.messages, [
    "warn A check takes longer than the frequency allows, turns that come meanwhile are left out: " +
    '"slow" 3.24 s, to be run every 2 s',
  ]);
});

Deno.test("a thousand checks that are too slow are two warnings", () => {
  const bench = new Bench(Array.from({ length: 1000 }, (_, index) => testCheck(`check ${index}`)));
  for (let minute = 0; minute < 3; minute++, bench.nowMs += MINUTE) {
    for (const check of bench.checks) bench.accept(PASSED, { check, durationMs: 1500 });
  }
  equal(bench.messages.length, 2);
  match(
    bench.messages[1] ?? "",
    /^warn 999 checks take longer .*: "check 1" 1\.5 s, to be run every 1 s; .*; …$/,
  );
});

Deno.test("Monitor hands every result to the metrics", () => {
  const bench = new Bench([testCheck("one", { onFailure: "restart" })]);
  bench.accept({ ok: true, status: 200 }, { durationMs: 12 });
  bench.accept({ ...failing("status 500"), status: 500 });
  bench.accept(failing("no answer"));
  const common = { check: "one", kind: "check_http" };
  deepEqual(bench.reports, [
    { ...common, ok: true, durationMs: 12, status: 200, restarts: 0 },
    { ...common, ok: false, durationMs: 5, status: 500, restarts: 0 },
    { ...common, ok: false, durationMs: 5, status: undefined, restarts: 1 },
  ]);
});

Deno.test("Monitor says in its summary how many checks pass, or which one fails and why", () => {
  const [one, two] = [testCheck("one"), testCheck("two", { failureThreshold: 2 })];
  const bench = new Bench([one, two]);
  equal(bench.monitor.summary(), "2 checks yet to run");
  bench.accept(PASSED);
  bench.accept(failing("refused"), { check: two });
  bench.accept(PASSED, { check: two });
  bench.accept(PASSED, { check: two });
  bench.accept(failing("status 500"));
  bench.accept(failing("status 500"));
  bench.accept(failing("status 503"));
  bench.accept(PASSED);
  deepEqual(bench.summaries, [
    "1 check passes, 1 yet to run",
    "1 check passes, 1 undecided",
    "2 checks pass",
    "one failing (status 500)",
    "one failing (status 503)",
    "2 checks pass",
  ]);
});

Deno.test("Monitor says for how many minutes a check has been failing, and which checks fail", () => {
  const bench = new Bench([testCheck("one"), testCheck("two")]);
  bench.accept(failing("status 500"));
  bench.nowMs += 150_000;
  equal(bench.monitor.summary(), "one failing for 2 min (status 500)");
  deepEqual(bench.monitor.failing, [bench.checks[0]]);
});

Deno.test("Monitor's summary of a thousand checks stays short", () => {
  const bench = new Bench(Array.from({ length: 1000 }, (_, index) => testCheck(`check ${index}`)));
  bench.checks.forEach((check, index) => {
    bench.accept(index < 5 ? failing("status 500") : PASSED, { check });
  });
  equal(bench.monitor.summary(), "5 of 1000 checks failing: check 0, check 1, check 2, …");
  for (const check of bench.checks.slice(0, 5)) bench.accept(PASSED, { check });
  equal(bench.monitor.summary(), "1000 checks pass");
  bench.accept(failing("x".repeat(10_000)));
  ok(bench.monitor.summary().length < 300);
});

Deno.test("Monitor without checks says so", () => {
  equal(new Bench([]).monitor.summary(), "no checks");
});

Deno.test("on_failure: log and watchdog ask for nothing, fail ends the run", () => {
  for (const onFailure of ["log", "watchdog"] as const) {
    equal(new Bench([testCheck("one", { onFailure })]).accept(failing("status 500")), undefined);
  }
  const bench = new Bench([testCheck("one", { onFailure: "fail", failureThreshold: 2 })]);
  equal(bench.accept(failing("status 500")), undefined);
  deepEqual(bench.accept(failing("status 503")), {
    kind: "fail",
    check: bench.checks[0],
    reason: "status 503",
    restarts: 0,
  });
});

/** A check that fails every second for so long, over restarts that do not help; yields the seconds of what it asks. */
function askedFor(check: Partial<Check>, seconds: number): string[] {
  const bench = new Bench([testCheck("one", { onFailure: "restart", ...check })]);
  const asked: string[] = [];
  for (let second = 0; second <= seconds; second++, bench.nowMs += 1000) {
    const action = bench.accept(failing("status 500"));
    if (action === undefined) continue;
    asked.push(`${second}: ${action.kind}`);
    if (action.kind === "fail") return asked;
    bench.monitor.judgeAnew();
  }
  return asked;
}

Deno.test("restart_interval: so much time lies between two restarts at least", () => {
  deepEqual(askedFor({ restartIntervalMs: 30_000 }, 70), ["0: restart", "30: restart", "60: restart"]);
  deepEqual(askedFor({ restartIntervalMs: 0, failureThreshold: 3 }, 8), [
    "2: restart",
    "5: restart",
    "8: restart",
  ]);
});

Deno.test("restart_limit: after so many restarts, and the time of the last one, the run ends", () => {
  deepEqual(askedFor({ restartIntervalMs: 10_000, restartLimit: 2 }, 100), [
    "0: restart",
    "10: restart",
    "20: fail",
  ]);
});

Deno.test("restart_interval counts for the container, whichever check asked", () => {
  const checks = [testCheck("one", { onFailure: "restart" }), testCheck("two", { onFailure: "restart" })];
  const bench = new Bench(checks);
  equal(bench.accept(failing("refused"))?.kind, "restart");
  bench.nowMs += 59_999;
  equal(bench.accept(failing("refused"), { check: checks[1]! }), undefined);
  bench.nowMs += 1;
  equal(bench.accept(failing("refused"), { check: checks[1]! })?.kind, "restart");
  equal(bench.monitor.restarts, 2);
});

Deno.test("ten minutes of passing give a check all its restarts back, less does not", () => {
  const bench = new Bench([
    testCheck("one", { onFailure: "restart", restartLimit: 1, restartIntervalMs: 0 }),
  ]);
  const restartAndPass = (minutes: number) => {
    const action = bench.accept(failing("status 500"));
    bench.monitor.judgeAnew();
    for (let minute = 0; minute <= minutes; minute++, bench.nowMs += MINUTE) bench.accept(PASSED);
    return action?.kind;
  };
  deepEqual([restartAndPass(10), restartAndPass(9), restartAndPass(0)], ["restart", "restart", "fail"]);
});

Deno.test("after a restart nothing counts as failing until it fails anew; the recovery tells of the restart", () => {
  const check = testCheck("one", { onFailure: "restart", failureThreshold: 2 });
  const bench = new Bench([check]);
  bench.accept(failing("status 500"));
  const action = bench.accept(failing("status 500"));
  ok(action?.kind === "restart");
  equal(action.story, "Restarting the container: one failing (status 500), restart 1 of 5");
  bench.monitor.judgeAnew();
  deepEqual([bench.monitor.failing, bench.monitor.summary()], [[], "1 check yet to run"]);
  bench.nowMs += 4000;
  bench.accept(failing("no answer"));
  equal(bench.monitor.summary(), "1 undecided");
  equal(bench.monitor.isFailing(check), true, "it does not pass, for those who look");
  bench.nowMs += 1000;
  bench.accept(PASSED);
  equal(bench.monitor.isFailing(check), false);
  deepEqual(bench.messages, [
    'error Check "one" fails 2 times in a row: status 500',
    'notice Check "one" passes again, after 5 s and 1 restart',
  ]);
});

Deno.test("checks that are built anew are the ones of before, with what a reload has changed", () => {
  const bench = new Bench([testCheck("one"), testCheck("one"), testCheck("gone")]);
  for (const check of bench.checks.slice(1)) bench.accept(failing("status 500"), { check });
  const renewed = [testCheck("one"), testCheck("one", { successThreshold: 2 })];
  bench.monitor.take(renewed);
  deepEqual(bench.monitor.failing, [renewed[1]]);
  equal(bench.accept(PASSED), undefined, "nobody listens to the old ones");
  bench.accept(PASSED, { check: renewed[1]! });
  deepEqual(bench.monitor.failing, [renewed[1]]);
  bench.accept(PASSED, { check: renewed[1]! });
  deepEqual(bench.monitor.failing, []);
});
