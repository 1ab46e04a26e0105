import { deepEqual } from "node:assert/strict";
import { parseSummary } from "./test_summary.ts";

const TABLE = [
  { name: "all passed", output: "ok | 3 passed | 0 failed (12ms)\n", code: 0, passed: 3, failed: 0 },
  { name: "colours", output: "\x1b[32mok\x1b[0m | 3 passed | 0 failed\n", code: 0, passed: 3, failed: 0 },
  { name: "with steps", output: "ok | 3 passed (7 steps) | 0 failed\n", code: 0, passed: 3, failed: 0 },
  {
    name: "some failed",
    output: "FAILED | 3 passed (1 step) | 2 failed (1 step) (1s)\n",
    code: 1,
    passed: 3,
    failed: 2,
  },
  {
    name: "an ignored test",
    output: "ok | 3 passed | 0 failed | 1 ignored\n",
    code: 0,
    passed: 3,
    failed: 1,
  },
  {
    name: "an ignored step",
    output: "ok | 3 passed | 0 failed | 0 ignored (1 step)\n",
    code: 0,
    passed: 3,
    failed: 1,
  },
  {
    name: "filtered out",
    output: "ok | 1 passed | 0 failed | 9 filtered out\n",
    code: 0,
    passed: 1,
    failed: 0,
  },
  { name: "a bad exit code", output: "ok | 3 passed | 0 failed\n", code: 1, passed: 3, failed: 1 },
  { name: "no closing line", output: "error: Type checking failed.\n", code: 1, passed: 0, failed: 1 },
];

Deno.test({
  name: "parseSummary() counts what passed; what was ignored has failed",
  permissions: "none",
  fn: async (t) => {
    for (const { name, output, code, passed, failed } of TABLE) {
      await t.step(name, () => deepEqual(parseSummary(output, code), { passed, failed }));
    }
  },
});
