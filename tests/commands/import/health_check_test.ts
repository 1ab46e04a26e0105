// deno-lint-ignore-file camelcase -- config keys are as the user writes them
import { deepEqual, equal } from "node:assert/strict";
import { importHealthCheck } from "../../../src/commands/import/health_check.ts";
import { COMMAND_LINES, OPTION_LINES, PAGE_LINES } from "./health_checks.ts";

const SECOND = 1_000_000_000;

Deno.test("a health check that asks this container's server for a page becomes an HTTP check", async (t) => {
  for (const [line, path, port] of PAGE_LINES) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_http");
      deepEqual([check?.keys.path, check?.keys.port], [path, port]);
    });
  }
});

Deno.test("an HTTP check passes when curl or wget would", async (t) => {
  for (const [line, expected] of OPTION_LINES) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_http");
      const found = Object.keys(expected).map((key) => [key, check?.keys[key]]);
      deepEqual(Object.fromEntries(found), expected);
    });
  }
});

Deno.test("a health check that does more than that stays a command", async (t) => {
  for (const line of COMMAND_LINES) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_internal_command");
      equal(check?.keys.shell_command, line);
    });
  }
  const isReachable = false;
  const unreachable = importHealthCheck({ Test: ["CMD", "curl", "-f", "localhost"] }, isReachable);
  equal(unreachable?.kind, "check_internal_command");
});

Deno.test("a health check without a shell needs none here", () => {
  const keysOf = (...Test: string[]) => importHealthCheck({ Test })?.keys;
  const { exe, arguments: args } = keysOf("CMD", "redis-cli", "-a", "it's $HOME", "ping") ?? {};
  deepEqual([exe, args], ["redis-cli", ["-a", "it's $HOME", "ping"]]);
  equal(keysOf("CMD", "curl", "-f", "http://localhost/$a")?.path, "/$a");
  equal(keysOf("CMD"), undefined);
});

Deno.test("a health check keeps its times, the engine's defaults written out", () => {
  const test = ["CMD", "true"];
  const keys = { exe: "true", frequency: 30, timeout: "30s", failure_threshold: 3 };
  deepEqual(importHealthCheck({ Test: test })?.keys, keys);
  deepEqual(
    importHealthCheck({
      Test: test,
      Interval: 90 * SECOND,
      Timeout: SECOND / 2,
      StartPeriod: 60 * SECOND,
      Retries: 5,
    })?.keys,
    { exe: "true", frequency: 90, timeout: "500ms", start_after: "60s", failure_threshold: 5 },
  );
  deepEqual(importHealthCheck({ Test: test, Interval: 5 * SECOND })?.keys, {
    ...keys,
    frequency: 5,
    timeout: "5s",
  }, "the default is no longer than the interval");
  const longest = importHealthCheck({ Test: test, Interval: 2_562_047 * 3600 * SECOND, Retries: 2 ** 31 })
    ?.keys;
  deepEqual([longest?.frequency, longest?.failure_threshold], [1_000_000, 1_000_000], "as a config takes it");
  equal(importHealthCheck({ Test: ["NONE"] }), undefined);
});
