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

Deno.test("an HTTP check passes when curl or wget would", async (t) => {
  const any = { status: ["1xx", "2xx", "3xx", "4xx", "5xx"] };
  const upTo399 = { status: ["2xx", "3xx"] };
  const cases: [line: string, keys: Record<string, unknown>][] = [
    ["curl -f http://localhost:8080/a", { headers: { Host: ["localhost:8080"] }, expected: upTo399 }],
    ["curl -sS http://127.0.0.1/", { headers: { Host: ["127.0.0.1"] }, expected: any }],
    ["curl -fsSL localhost", { headers: { Host: ["localhost"] }, expected: upTo399, follow_redirects: true }],
    ["curl --fail-with-body -I localhost", { method: "HEAD", expected: upTo399 }],
    ["curl --head localhost", { method: "HEAD", expected: any }],
    ["curl -f -X POST localhost/go", { method: "POST", path: "/go" }],
    ["curl -f 'localhost/go?a=1&b&c=%20'", { path: "/go?a=1&b&c=%20" }],
    ["curl -fk https://localhost:8443/", { scheme: "https", tls: { insecure: true }, port: 8443 }],
    ["curl -fm5 localhost", { timeout: "5s" }],
    ["curl -f --max-time 90 localhost", { timeout: "30s" }],
    ["wget -qO- localhost", { follow_redirects: true, expected: { status: "2xx" } }],
    ["wget -nv -t1 --spider localhost", { method: "HEAD", follow_redirects: true }],
    ["wget -q --no-check-certificate -O - https://localhost/", { tls: { insecure: true } }],
  ];
  for (const [line, expected] of cases) {
    await t.step(line, () => {
      const check = importHealthCheck({ Test: ["CMD-SHELL", line] });
      equal(check?.kind, "check_http");
      const found = Object.keys(expected).map((key) => [key, check?.keys[key]]);
      deepEqual(Object.fromEntries(found), expected);
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
      'curl -f "http://localhost:$PORT/"',
      "curl -f http://localhost/ || exit 0",
      "curl -f http://localhost/[1-3]",
      "curl -f http://localhost/ http://localhost/b",
      "curl -f -u a:b http://localhost/",
      "curl -f --retry 3 http://localhost/",
      "curl -f -d a=b http://localhost/",
      "wget -q --post-data=a http://localhost/",
      "wget -q --spider http://localhost && test -e /ready",
      "echo curl http://localhost/",
      "curl",
    ]
  ) {
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
  equal(importHealthCheck({ Test: ["NONE"] }), undefined);
});
