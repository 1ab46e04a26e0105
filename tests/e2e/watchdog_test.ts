/** The watchdog of the unit: it is fed while the engine answers, and only then. */
import { equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

const IMPATIENT = { dropIn: "[Service]\nWatchdogSec=3s\nRestartSec=100ms" };
/** Several times the watchdog's patience. */
const WATCHED_MS = 10_000;

testOnHosts(
  "an engine that does not answer any more: systemd ends the unit, which comes back",
  async (host) => {
    await using service = await ServiceUnit.create(host, { script: IDLE }, IMPATIENT);
    await service.start();
    const before = await service.state();
    // Not to wait for something: this is how long nothing happens.
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    equal((await service.state()).MainPID, before.MainPID);
    const { MainPID: engine } = await host.show("docker.service", "MainPID");
    await host.run("kill", "-STOP", engine);
    try {
      await service.until("started again", ({ NRestarts }) => NRestarts === "1");
    } finally {
      await host.run("kill", "-CONT", engine);
    }
    match((await host.messages(service.unit)).join("\n"), /Watchdog timeout/);
    const after = await service.until("active again", ({ ActiveState }) => ActiveState === "active");
    equal(after.NRestarts, "1");
    ok((await service.container())?.running);
  },
);
