import { equal, ok } from "node:assert/strict";
import { TimeLimitedMatch } from "../../src/host/time_limited_match.ts";

Deno.test("a pattern that would take for ever is broken off in time, and the next text is looked at as ever", () => {
  const match = new TimeLimitedMatch(/^(a+)+$/u, 50);
  const startedAtMs = performance.now();
  equal(match.test(`${"a".repeat(1000)}!`), undefined);
  const tookMs = performance.now() - startedAtMs;
  ok(tookMs >= 50 && tookMs < 5000, `${tookMs} ms`);
  equal(match.test("aaaa"), true);
  equal(match.test("b"), false);
});

Deno.test("two patterns do not get in each other's way", () => {
  const [one, other] = [new TimeLimitedMatch(/a/u, 1000), new TimeLimitedMatch(/b/u, 1000)];
  equal(one.test("a"), true);
  equal(other.test("a"), false);
  equal(one.test("b"), false);
});
