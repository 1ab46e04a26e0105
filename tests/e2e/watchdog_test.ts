/** The watchdog of the unit finds a program that is stuck; an engine that is stuck is waited for. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

const IMPATIENT = { dropIn: "[Service]\nWatchdogSec=3s\nRestartSec=100ms\nRestartSteps=0" };

testOnHosts("a program that is stuck: systemd ends the unit, which comes back", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE }, IMPATIENT);
  await service.start();
  const { MainPID } = await service.state();
  await host.run("kill", "-STOP", MainPID);
  await service.until("started again", ({ NRestarts }) => NRestarts === "1");
  match((await host.messages(service.unit)).join("\n"), /Watchdog timeout/);
  const after = await service.until("active again", ({ ActiveState }) => ActiveState === "active");
  equal(after.NRestarts, "1");
  ok((await service.container())?.running);
});

testOnHosts(
  "an engine that does not answer is waited for: the container lives on, and no line is lost",
  async (host) => {
    const script = "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";
    await using service = await ServiceUnit.create(host, { script }, IMPATIENT);
    await service.start();
    const [before, container] = [await service.state(), await service.container()];
    const { MainPID: engine } = await host.show("docker.service", "MainPID");
    await host.run("kill", "-STOP", engine);
    try {
      const waiting = await service.until(
        "waiting",
        ({ StatusText }) => /^Waiting for the engine/.test(StatusText),
        120_000,
      );
      match(waiting.StatusText, /no answer within 30 s/);
      equal(waiting.ActiveState, "active");
    } finally {
      await host.run("kill", "-CONT", engine);
    }
    const after = await service.until("running", ({ StatusText }) => /^Running since/.test(StatusText));
    deepEqual([after.MainPID, after.NRestarts], [before.MainPID, "0"]);
    equal((await service.container())?.id, container?.id);
    const numbers = (await service.lines()).map(Number);
    deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      "each line, once, in order",
    );
  },
);
