// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** Checks by a command on the host: real processes. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Check, CheckResult } from "../../../src/checks/check.ts";
import { processCheck } from "../../../src/checks/command/process_check.ts";
import { poll } from "../../support/event_log.ts";
import { openFiles, processesWith, zombiesOf } from "../../support/processes.ts";
import { tempDir } from "../../support/temp_dir.ts";

const IN_TIME_MS = 10_000;

function shellCheck(check: Record<string, unknown>, folder = "/"): Check {
  const { checkShellCommand: [config] } = v.parse(monitorSchema, { check_shell_command: [check] });
  return processCheck(config!, { kind: "check_shell_command", host: denoHost(), folder });
}

function exeCheck(check: Record<string, unknown>, folder = "/"): Check {
  const { checkExe: [config] } = v.parse(monitorSchema, { check_exe: [check] });
  return processCheck(config!, { kind: "check_exe", host: denoHost(), folder });
}

async function run(check: Check): Promise<CheckResult> {
  return await check.run(AbortSignal.timeout(IN_TIME_MS));
}

async function failure(check: Check): Promise<CheckResult & { ok: false }> {
  const result = await run(check);
  ok(!result.ok, "the check was to fail");
  return result;
}

Deno.test("check_shell_command passes with only one of stdout and stderr expected, or neither", async () => {
  const shell_command = "echo out; echo err >&2";
  for (
    const expected of [{}, { stdout: "out\n" }, { stderr: "err\n" }, { stdout: "out\n", stderr: "err\n" }]
  ) {
    deepEqual(await run(shellCheck({ shell_command, expected })), { ok: true, status: 0 });
  }
});

Deno.test("check_shell_command compares the exit code, stdout and stderr byte for byte", async () => {
  const shell_command = "printf 'a\\r\\n'; echo err >&2; exit 3";
  deepEqual(await run(shellCheck({ shell_command, expected: { status: "3", stdout: "a\r\n" } })), {
    ok: true,
    status: 3,
  });
  const status = await failure(shellCheck({ shell_command }));
  equal(status.reason, "exit code 3, expected 0");
  deepEqual(status.data, { status: 3, stdout: "a\r\n", stderr: "err\n", expected: { status: 0 } });
  const stdout = await failure(shellCheck({ shell_command, expected: { status: "3", stdout: "a\n" } }));
  equal(stdout.reason, "stdout differs from the expected one at byte 2");
  deepEqual(stdout.data.expected, { stdout: "a\n" });
  const stderr = await failure(shellCheck({ shell_command, expected: { status: "3", stderr: "" } }));
  equal(stderr.reason, "stderr differs from the expected one at byte 1");
});

Deno.test("a command killed by a signal has failed with 128 and its number", async () => {
  equal((await failure(shellCheck({ shell_command: "kill -9 $$" }))).reason, "exit code 137, expected 0");
});

Deno.test("check_exe runs a program with its arguments, without a shell, by path or by name", async () => {
  await using dir = await tempDir();
  const script = await dir.write("bin/args", '#!/bin/sh\nprintf "<%s>" "$@"\n');
  await Deno.chmod(script, 0o755);
  const expected = { stdout: "<$HOME><two words><>" };
  const check = { arguments: ["$HOME", "two words", ""], expected };
  deepEqual(await run(exeCheck({ exe: script, ...check })), { ok: true, status: 0 });
  deepEqual(await run(exeCheck({ exe: "bin/args", ...check }, dir.path)), { ok: true, status: 0 });
  deepEqual(await run(exeCheck({ exe: "true" })), { ok: true, status: 0 });
  match((await failure(exeCheck({ exe: "/nonexistent" }))).reason, /'\/nonexistent': No such file/);
});

Deno.test("environment, workdir, stdin_string and stdin_file reach the command", async () => {
  await using dir = await tempDir();
  await dir.write("work/input", "from a file\n");
  const check = {
    shell_command: 'echo "$GREETING"; pwd; cat',
    environment: { GREETING: "hello" },
    workdir: "work",
    stdin_string: "from a text, ",
    stdin_file: "work/input",
    expected: { stdout: `hello\n${await Deno.realPath(dir.path)}/work\nfrom a text, from a file\n` },
  };
  deepEqual(await run(shellCheck(check, dir.path)), { ok: true, status: 0 });
  const missing = await failure(shellCheck({ ...check, stdin_file: "absent" }, dir.path));
  match(missing.reason, /^cannot read stdin_file ".*\/absent": there is no such file$/);
  match((await failure(shellCheck({ ...check, workdir: "absent" }, dir.path))).reason, /No such cwd/);
});

Deno.test("a command without stdin reads nothing, and one that does not read its stdin may pass", async () => {
  deepEqual(await run(shellCheck({ shell_command: "cat", expected: { stdout: "" } })), {
    ok: true,
    status: 0,
  });
  const unread = shellCheck({ shell_command: "exec true", stdin_string: "x".repeat(1_000_000) });
  deepEqual(await run(unread), { ok: true, status: 0 });
});

Deno.test("a command inherits the environment, but not what systemd has set for the program alone", async () => {
  const names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "MALLOC_ARENA_MAX"];
  for (const name of names) Deno.env.set(name, "1");
  try {
    const check = shellCheck({
      shell_command: 'echo "$NOTIFY_SOCKET$WATCHDOG_USEC$MALLOC_ARENA_MAX"; test -n "$PATH"',
      expected: { stdout: "\n" },
    });
    deepEqual(await run(check), { ok: true, status: 0 });
  } finally {
    for (const name of names) Deno.env.delete(name);
  }
});

/** Who is not our child and got SIGKILL is gone a moment later only. */
async function noneLeft(mark: string): Promise<void> {
  await poll(
    5000,
    "the end of all processes",
    () => Promise.resolve(processesWith(mark).length === 0 ? true : undefined),
  );
}

Deno.test("on timeout the whole process group is killed: no process, zombie or pipe is left", async () => {
  const mark = `chk-${crypto.randomUUID()}`;
  const before = openFiles(Deno.pid);
  const zombies = zombiesOf(Deno.pid).length;
  // One in the foreground, one in the background, and one below that; none of them heeds SIGTERM.
  const hang = `trap '' TERM; : ${mark}; while :; do sleep 1; done`;
  const check = shellCheck({ shell_command: `sh -c "${hang} & ${hang}" & ${hang}` });
  const stop = new AbortController();
  const running = check.run(stop.signal);
  while (processesWith(mark).length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error("too late"));
  await rejects(running, { message: "too late" });
  await noneLeft(mark);
  deepEqual([openFiles(Deno.pid).pipe ?? 0, zombiesOf(Deno.pid).length], [before.pipe ?? 0, zombies]);
});

Deno.test("what a command leaves in the background ends with it, and does not hold it up", async () => {
  const mark = `chk-${crypto.randomUUID()}`;
  const check = shellCheck({
    shell_command: `(: ${mark}; sleep 60; :) & echo done`,
    expected: { stdout: "done\n" },
  });
  deepEqual(await run(check), { ok: true, status: 0 });
  await noneLeft(mark);
});

Deno.test("a process that has left the group and holds the output does not outlive the timeout's wait", async () => {
  await using dir = await tempDir();
  const leaving = 'mkfifo up; setsid sh -c "echo up > up; exec sleep 3" & read line < up';
  const check = shellCheck({ shell_command: leaving, workdir: dir.path });
  const startMs = performance.now();
  await rejects(check.run(AbortSignal.timeout(500)), { name: "TimeoutError" });
  ok(performance.now() - startMs < 2500, "waited for the process");
});

Deno.test("the output that is read is bounded", async () => {
  const result = await failure(exeCheck({ exe: "yes" }));
  equal(result.reason, "the command has written more than 16 MiB");
});

Deno.test("a failing result shows 1 KiB of the output, and no value of the environment", async () => {
  const result = await failure(shellCheck({
    shell_command: `echo "password=$PASSWORD"; echo "$PASSWORD" >&2; yes | head -c 100000; exit 1`,
    environment: { PASSWORD: "hunter2hunter2", DEBUG: "1" },
  }));
  const told = JSON.stringify(result);
  ok(!told.includes("hunter2"), told);
  match(result.data.stdout as string, /^password=•••\ny\n/);
  equal(new TextEncoder().encode(result.data.stdout as string).length, 1024 + "…".length + 2);
});

Deno.test("the name of a check by command tells neither arguments nor assignments", () => {
  equal(shellCheck({ shell_command: "TOKEN=abc curl -H secret" }).name, "shell command curl");
  equal(exeCheck({ exe: "/bin/x", arguments: ["secret"] }).name, "exe /bin/x");
  equal(exeCheck({ exe: "/bin/x", name: "mine" }).name, "mine");
});
