import { equal } from "node:assert/strict";
import { stringifyBody } from "../../src/engine/create_body.ts";
import { accepted } from "./plan_fixture.ts";

Deno.test("stringifyBody() writes integers beyond 2^53 exactly, and texts as they are", () => {
  const { body } = accepted([
    "--ulimit=core=9223372036854775807:-1",
    "-e",
    "A=9007199254740993 ü\u2028",
    "alpine",
  ]);
  equal(
    stringifyBody(body),
    '{"Image":"alpine","AttachStdout":true,"AttachStderr":true,"Env":["A=9007199254740993 ü\u2028"],' +
      '"HostConfig":{"Ulimits":[{"Name":"core","Soft":9223372036854775807,"Hard":-1}]}}',
  );
});
