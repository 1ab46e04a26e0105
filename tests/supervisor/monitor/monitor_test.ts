import { deepEqual, equal } from "node:assert/strict";
import type { LogEntry } from "../../../src/logging/log_record.ts";
import { type Check, failing } from "../../../src/supervisor/monitor/check.ts";
import { Monitor } from "../../../src/supervisor/monitor/monitor.ts";

function check(name: string): Check {
  return {
    name,
    kind: "check_http",
    frequencyTicks: 1,
    timeoutMs: 1000,
    forReady: false,
    onFailure: "log",
    run: () => Promise.resolve({ ok: true }),
  };
}

function setUp(...names: string[]) {
  const checks = names.map(check);
  const entries: LogEntry[] = [];
  const summaries: string[] = [];
  let nowMs = 0;
  const monitor = new Monitor(checks, {
    logger: { log: (entry) => entries.push(entry) },
    onChange: () => summaries.push(monitor.summary()),
    nowMs: () => nowMs,
  });
  return { monitor, checks, entries, summaries, pass: (ms: number) => nowMs += ms };
}

Deno.test("Monitor reports a failure once, and the recovery with how long it lasted", () => {
  const { monitor, checks: [one], entries, pass } = setUp("one");
  for (
    const result of [
      { ok: true },
      failing("status 500"),
      failing("status 500"),
      failing("status 503"),
    ] as const
  ) {
    monitor.accept(one!, result);
    pass(1000);
  }
  monitor.accept(one!, { ok: true });
  monitor.accept(one!, { ok: true });
  deepEqual(entries.map(({ severity, message }) => [severity, message]), [
    ["error", 'Check "one" fails: status 500'],
    ["notice", 'Check "one" passes again, after 3 s'],
  ]);
  deepEqual(entries.map(({ source }) => source), ["monitoring", "monitoring"]);
});

Deno.test("Monitor says in its summary how many checks pass, or which one fails and why", () => {
  const { monitor, checks: [one, two], summaries } = setUp("one", "two");
  equal(monitor.summary(), "2 checks yet to run");
  monitor.accept(one!, { ok: true });
  monitor.accept(two!, { ok: true });
  monitor.accept(two!, { ok: true });
  monitor.accept(one!, failing("status 500"));
  monitor.accept(one!, failing("status 500"));
  monitor.accept(one!, failing("status 503"));
  monitor.accept(one!, { ok: true });
  deepEqual(summaries, [
    "1 check passes, 1 yet to run",
    "2 checks pass",
    "one failing (status 500)",
    "one failing (status 503)",
    "2 checks pass",
  ]);
});

Deno.test("Monitor says for how many minutes a check has been failing, and which checks fail", () => {
  const { monitor, checks: [one], pass } = setUp("one", "two");
  monitor.accept(one!, failing("status 500"));
  pass(150_000);
  equal(monitor.summary(), "one failing for 2 min (status 500)");
  deepEqual(monitor.failing, [one]);
});

Deno.test("Monitor without checks says so", () => {
  equal(setUp().monitor.summary(), "no checks");
});
