// deno-lint-ignore-file camelcase -- config keys are as the user writes them
import { deepEqual, equal } from "node:assert/strict";
import { importHealthCheck } from "../../../src/commands/import/health_check.ts";

const SECOND = 1_000_000_000;

Deno.test("a health check that asks this container's server for a page becomes an HTTP check", async (t) => {
  const cases: [line: string, path: string, port: number | undefined][] = [
    ["curl -f http://localhost:8080/health || exit 1", "/health", 8080],
    ["curl -fsS 'http://127.0.0.1/' > /dev/null || exit 1", "/", undefined],
    ["/usr/bin/curl --fail --silent --max-time 5 http://localhost:3000/api || kill 1", "/api", 3000],
    ["curl -o /dev/null -fs http://[::1]:9000/x", "/x", 9000],
    ["wget -q --spider http://localhost:2368 || false", "/", 2368],
    ["wget --no-verbose --tries=1 --spider http://localhost/ping || exit 1", "/ping", undefined],
    ["wget -qO- localhost:8123/manifest.json 2>&1 >/dev/null", "/manifest.json", 8123],
    ["wget -O /dev/null http://0.0.0.0:80/a", "/a", undefined],
  ];
  for (const [line, path, port] of cases) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_http");
      deepEqual([check?.keys.path, check?.keys.port], [path, port]);
    });
  }
});

Deno.test("a health check that does more than that stays a command", async (t) => {
  for (
    const line of [
      "pg_isready -U postgres",
      "curl -f https://localhost/ || exit 1",
      "curl -f -H 'Host: example.org' http://localhost/",
      "curl -f http://localhost/ | grep -q ok",
      "curl -f http://other:8080/",
      "curl -f http://localhost:$PORT/",
      "wget -q --spider http://localhost && test -e /ready",
      "curl -f -X POST http://localhost/",
      "echo curl http://localhost/",
    ]
  ) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_internal_command");
      equal(check?.keys.shell_command, line);
    });
  }
  equal(
    importHealthCheck({ Test: ["CMD", "redis-cli", "-a", "it's", "ping"] })?.keys.shell_command,
    `redis-cli -a 'it'\\''s' ping`,
  );
});

Deno.test("a health check keeps its times, the engine's defaults written out", () => {
  const test = ["CMD", "true"];
  const keys = { shell_command: "true", frequency: 30, timeout: "30s", failure_threshold: 3 };
  deepEqual(importHealthCheck({ Test: test })?.keys, keys);
  deepEqual(
    importHealthCheck({
      Test: test,
      Interval: 90 * SECOND,
      Timeout: SECOND / 2,
      StartPeriod: 60 * SECOND,
      Retries: 5,
    })?.keys,
    { shell_command: "true", frequency: 90, timeout: "500ms", start_after: "60s", failure_threshold: 5 },
  );
  equal(importHealthCheck({ Test: ["NONE"] }), undefined);
});
