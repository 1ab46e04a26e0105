import { equal } from "node:assert/strict";
import { watchdogIntervalMs } from "../../src/systemd/watchdog.ts";

Deno.test({
  name: "watchdogIntervalMs() is half of what systemd waits, and undefined where it does not wait for us",
  permissions: "none",
}, () => {
  const table: [Record<string, string>, number | undefined][] = [
    [{}, undefined],
    [{ WATCHDOG_USEC: "3000000" }, 1500],
    [{ WATCHDOG_USEC: "3000000", WATCHDOG_PID: "7" }, 1500],
    [{ WATCHDOG_USEC: "3000000", WATCHDOG_PID: "8" }, undefined],
    [{ WATCHDOG_USEC: "0" }, undefined],
    [{ WATCHDOG_USEC: "often" }, undefined],
  ];
  for (const [variables, intervalMs] of table) {
    const env = (name: string) => variables[name];
    equal(watchdogIntervalMs({ env, pid: 7 }), intervalMs, JSON.stringify(variables));
  }
});
