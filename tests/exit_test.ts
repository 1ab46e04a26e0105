import { equal } from "node:assert/strict";
import { ConfigError, EngineError, EngineUnreachableError, RegistryUnreachableError } from "../src/errors.ts";
import { errorExitCode, outcomeExitCode } from "../src/exit.ts";

Deno.test("outcomeExitCode() is the container's code, and 0 where the stop was asked for", () => {
  equal(outcomeExitCode({ kind: "stopped" }), 0);
  for (const statusCode of [0, 3, 137]) {
    equal(outcomeExitCode({ kind: "container_exited", statusCode, oomKilled: false }), statusCode);
  }
});

Deno.test("errorExitCode() tells the causes of a failure apart", () => {
  const cases: [error: unknown, code: number][] = [
    [new ConfigError("a.yaml", [], "wrong"), 78],
    [new EngineUnreachableError("/run/docker.sock", "no such file", true), 69],
    [new RegistryUnreachableError("pull", 500, "dial tcp"), 69],
    [new EngineError("pull", 404, "not found"), 70],
    [new Error("a defect"), 70],
  ];
  for (const [error, code] of cases) equal(errorExitCode(error), code);
});
