import { deepEqual, equal } from "node:assert/strict";
import {
  ConfigError,
  EngineError,
  EngineUnreachableError,
  NotReadyError,
  RegistryUnreachableError,
} from "../src/errors.ts";
import { errorEnding, outcomeEnding } from "../src/exit.ts";

Deno.test("outcomeEnding() is the container's code, and 0 where the stop was asked for", () => {
  deepEqual(outcomeEnding({ kind: "stopped" }), { exitCode: 0 });
  const ended = { kind: "container_exited", oomKilled: false, meaning: "exit code 3" } as const;
  for (const statusCode of [0, 3, 137]) equal(outcomeEnding({ ...ended, statusCode }).exitCode, statusCode);
  equal(
    outcomeEnding({ ...ended, statusCode: 3 }).status,
    "Failed: The container has ended by itself: exit code 3",
  );
  equal(outcomeEnding({ kind: "engine_lost" }).exitCode, 69);
});

Deno.test("outcomeEnding() tells that a check has ended the run, and after how many restarts", () => {
  const failed = { kind: "check_failed", check: "http /", reason: "status 500", restarts: 0 } as const;
  deepEqual(outcomeEnding(failed), {
    exitCode: 75,
    status: 'Failed: check "http /" fails: status 500',
    errno: 121,
  });
  equal(
    outcomeEnding({ ...failed, restarts: 5 }).status,
    'Failed: check "http /" still fails after 5 restarts of the container: status 500',
  );
});

Deno.test("outcomeEnding() tells out of memory and a command that is not there apart", () => {
  const errno = (statusCode: number, oomKilled: boolean) =>
    outcomeEnding({ kind: "container_exited", statusCode, oomKilled, meaning: "" }).errno;
  deepEqual([errno(137, true), errno(127, false), errno(126, false), errno(1, false), errno(0, false)], [
    12,
    2,
    13,
    10,
    undefined,
  ]);
});

Deno.test("errorEnding() tells the causes of a failure apart", () => {
  const cases: [error: unknown, exitCode: number, errno: number][] = [
    [new ConfigError("a.yaml", [], "wrong"), 78, 22],
    [new EngineUnreachableError("/run/docker.sock", "no such file", true), 69, 111],
    [new RegistryUnreachableError("pull", 500, "dial tcp"), 69, 113],
    [new NotReadyError("not ready"), 70, 110],
    [new EngineError("pull", 404, "not found"), 70, 5],
    [new Error("a defect"), 70, 5],
  ];
  for (const [error, exitCode, errno] of cases) {
    const ending = errorEnding(error);
    deepEqual([ending.exitCode, ending.errno], [exitCode, errno]);
    equal(ending.status, `Failed: ${(error as Error).message}`);
  }
});
