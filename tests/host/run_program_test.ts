import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { denoHost } from "../../src/host/deno_host.ts";
import { runProgram } from "../../src/host/run_program.ts";

function run(script: string, options: { timeoutMs?: number; stop?: AbortSignal; stdin?: string } = {}) {
  return runProgram({ argv: ["sh", "-c", script], ...options }, denoHost());
}

Deno.test("runProgram() yields the exit code and both outputs as text", async () => {
  const script = "cat; printf 'gr\\303'; sleep 0.01; printf '\\274n'; printf err >&2; exit 3";
  deepEqual(await run(script, { stdin: "in " }), {
    statusCode: 3,
    failure: "",
    isMissing: false,
    stdout: "in grün",
    stderr: "err",
  });
  equal((await run("echo $LC_ALL")).stdout, "C.UTF-8\n");
});

Deno.test("runProgram() says why a program has not run to its end", async () => {
  const missing = await runProgram({ argv: ["/nonexistent/program"] }, denoHost());
  deepEqual([missing.statusCode, missing.stdout], [undefined, ""]);
  match(missing.failure, /nonexistent/);
  const late = await run("echo begun; sleep 60", { timeoutMs: 200 });
  deepEqual(late, {
    statusCode: undefined,
    failure: "no answer within 0.2 s",
    isMissing: false,
    stdout: "begun\n",
    stderr: "",
  });
  match((await run("yes")).failure, /more than 1048576 bytes/);
});

Deno.test("runProgram() rejects when it is stopped", async () => {
  const stop = new AbortController();
  const running = run("sleep 60", { stop: stop.signal, timeoutMs: Infinity });
  stop.abort(new Error("asked to stop"));
  await rejects(running, /asked to stop/);
});

Deno.test("runProgram() hands lines on as they come, of any length", async () => {
  const got: string[] = [];
  const script = "printf 'one\\ntw'; sleep 0.01; printf 'o\\n\\nrest'; echo err >&2";
  const take = (lines: readonly string[], stream: string) =>
    void got.push(...lines.map((line) => `${stream}: ${line}`));
  const end = await runProgram({ argv: ["sh", "-c", script], onLines: take }, denoHost());
  deepEqual(end, { statusCode: 0, failure: "", isMissing: false, stdout: "", stderr: "" });
  deepEqual(got.toSorted(), ["stderr: err", "stdout: ", "stdout: one", "stdout: rest", "stdout: two"]);
  let length = 0;
  let longest = 0;
  await runProgram({
    argv: ["sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x"],
    onLines: (lines) => {
      length += lines.join("").length;
      longest = Math.max(longest, ...lines.map((line) => line.length));
    },
  }, denoHost());
  equal(length, 5_000_000);
  ok(longest < 2_000_000, `${longest}`);
});

Deno.test("runProgram() reads no more while whoever takes the lines is not done", async () => {
  const gate = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  // Far more than one piece.
  const script = "head -c 5000000 /dev/zero | tr '\\0' x | fold -w 1000";
  let atOnce = 0;
  let most = 0;
  let lines = 0;
  const running = runProgram({
    argv: ["sh", "-c", script],
    onLines: async (some) => {
      most = Math.max(most, ++atOnce);
      first.resolve();
      await gate.promise;
      lines += some.length;
      atOnce--;
    },
  }, denoHost());
  await first.promise;
  // Time for as much output of another program.
  equal((await run(`${script} | tail -n 1 | wc -c`)).statusCode, 0);
  gate.resolve();
  equal((await running).statusCode, 0);
  deepEqual([most, lines], [1, 5000]);
});
