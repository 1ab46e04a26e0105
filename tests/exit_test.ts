import { deepEqual, equal } from "node:assert/strict";
import {
  ConfigError,
  EngineError,
  EngineUnreachableError,
  HostError,
  NotReadyError,
  RegistryUnreachableError,
} from "../src/errors.ts";
import { unixTransport } from "../src/engine/http/unix_transport.ts";
import { errorEnding, outcomeEnding } from "../src/exit.ts";

Deno.test("outcomeEnding() is the container's code, and 0 where the stop was asked for", () => {
  deepEqual(outcomeEnding({ kind: "stopped" }), { exitCode: 0 });
  const story = "The container has ended by itself: exit code 3";
  const ended = { kind: "container_exited", oomKilled: false, story } as const;
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
  });
  equal(
    outcomeEnding({ ...failed, restarts: 5 }).status,
    'Failed: check "http /" still fails after 5 restarts of the container: status 500',
  );
});

Deno.test("errorEnding() tells the causes of a failure apart", () => {
  const cases: [error: unknown, exitCode: number][] = [
    [new ConfigError("a.yaml", [], "wrong"), 78],
    [new EngineUnreachableError("/run/docker.sock", "no answer within 20 s", true), 69],
    [new RegistryUnreachableError("pull", 500, "dial tcp"), 69],
    [new NotReadyError("not ready"), 70],
    [new EngineError("pull", 404, "not found"), 70],
    [new Error("a defect"), 70],
  ];
  for (const [error, exitCode] of cases) {
    deepEqual(errorEnding(error), { exitCode, status: `Failed: ${(error as Error).message}` });
  }
});

Deno.test("errorEnding() says of a config what is wrong first, without the lines of the file", () => {
  const problem = { path: [], message: "" };
  const message =
    'Cannot load config "a.yaml":\na.yaml:2:1: "imge" is not known here\n  2 | imge: x\n    | ^^^^';
  equal(
    errorEnding(new ConfigError("a.yaml", [problem, problem, problem], message)).status,
    'Failed: Cannot load config "a.yaml": a.yaml:2:1: "imge" is not known here, and 2 more',
  );
});

Deno.test("errorEnding() has an errno where the kernel has said one, and makes none up", async () => {
  using transport = unixTransport("/nonexistent/docker.sock");
  const asking = transport.send({ method: "GET", path: "/_ping", signal: new AbortController().signal });
  const away = await asking.catch((error: unknown) => error);
  deepEqual([errorEnding(away).exitCode, errorEnding(away).errno], [69, 2]);
  const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  const refused = new HostError("write the file", "it is full", { cause: full });
  deepEqual([errorEnding(refused).exitCode, errorEnding(refused).errno], [70, 28]);
});
