import { deepEqual, equal, match, rejects } from "node:assert/strict";
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
