import { deepEqual, equal } from "node:assert/strict";
import { type CheckResult, failing } from "../../src/checks/check.ts";
import { runCheck } from "../../src/checks/run_check.ts";
import { testCheck } from "./test_check.ts";

const NEVER = new AbortController().signal;

/** A check whose runs heed no signal, and end when the test says so. */
function deafCheck(timeoutMs: number) {
  const runs: PromiseWithResolvers<CheckResult>[] = [];
  const run = () => {
    const one = Promise.withResolvers<CheckResult>();
    runs.push(one);
    return one.promise;
  };
  return { runs, check: testCheck("deaf", { timeoutMs, run }) };
}

Deno.test("runCheck() yields the check's result, or that it throws", async () => {
  deepEqual(await runCheck(testCheck("fine"), NEVER), { ok: true });
  const rejecting = testCheck("rejecting", { run: () => Promise.reject(new Error("no such host")) });
  deepEqual(await runCheck(rejecting, NEVER), failing("no such host"));
  const throwing = testCheck("throwing", {
    run: () => {
      throw new Error("no such host");
    },
  });
  deepEqual(await runCheck(throwing, NEVER), failing("no such host"));
});

Deno.test("runCheck() aborts a run at its timeout, and yields that there is no result", async () => {
  const heard = Promise.withResolvers<boolean>();
  const check = testCheck("late", {
    timeoutMs: 20,
    run: (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          heard.resolve(signal.aborted);
          reject(signal.reason);
        })
      ),
  });
  deepEqual(await runCheck(check, NEVER), failing("no result within 0.02 s"));
  equal(await heard.promise, true);
  deepEqual(await runCheck(check, NEVER), failing("no result within 0.02 s"), "it is run again");
});

Deno.test("runCheck() does not wait for a check that heeds no signal, nor runs it twice at once", async () => {
  const { check, runs } = deafCheck(20);
  deepEqual(await runCheck(check, NEVER), failing("no result within 0.02 s"));
  deepEqual(await runCheck(check, NEVER), failing("still running: the run before does not end"));
  equal(runs.length, 1);
  runs[0]?.reject(new Error("nobody waits for this any more"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  const again = runCheck(check, NEVER);
  runs[1]?.resolve({ ok: true, status: 204 });
  deepEqual(await again, { ok: true, status: 204 });
});

Deno.test("runCheck() yields nothing as soon as its signal is aborted, whatever the check does", async () => {
  const { check, runs } = deafCheck(60_000);
  const stop = new AbortController();
  const running = runCheck(check, stop.signal);
  stop.abort();
  equal(await running, undefined);
  equal(await runCheck(check, stop.signal), undefined);
  equal(runs.length, 1);
  runs[0]?.resolve({ ok: true });
});
