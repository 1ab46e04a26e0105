/** service_runner itself is killed: systemd starts it again, and there is one container. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

/** Prints 1, 2, 3 … until it is asked to stop. */
const COUNT = "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done";
const SOON = { dropIn: "[Service]\nRestartSec=100ms\nRestartSteps=0" };

/** Kills the unit's main process; settles when systemd has brought the unit up again. */
async function killProgram(service: ServiceUnit): Promise<void> {
  const { MainPID: killed } = await service.state();
  await service.host.run("kill", "-KILL", killed);
  await service.until(
    "active again",
    ({ ActiveState, MainPID }) => ActiveState === "active" && MainPID !== killed,
  );
}

testOnHosts("the program is killed: afterwards there is exactly one container, a new one", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE }, SOON);
  await service.start();
  const before = await service.container();
  await killProgram(service);
  const after = await service.container();
  ok(after?.running && after.id !== before?.id, "there is a new container");
  const all = await host.docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `name=${service.name}`);
  equal(all, after.id);
});

testOnHosts(
  "the program is killed and may adopt: the same container, no line lost or doubled",
  async (host) => {
    await using service = await ServiceUnit.create(host, { script: COUNT, adopt: true }, SOON);
    await service.start();
    const before = await service.container();
    for (let round = 1; round <= 3; round++) {
      const seen = (await service.lines()).length;
      await service.untilRecord("more lines", ({ message }) => Number(message) > seen + 20);
      await killProgram(service);
    }
    const seen = (await service.lines()).length;
    await service.untilRecord("lines after the last start", ({ message }) => Number(message) > seen + 20);
    equal((await service.container())?.id, before?.id);
    await service.stop();
    const lines = await service.lines();
    const breaks = lines.flatMap((line, index) =>
      Number(line) === Number(lines[index - 1] ?? 0) + 1 ? [] : [`${lines[index - 1]} → ${line}`]
    );
    deepEqual(breaks, []);
  },
);

testOnHosts("the program is killed, may adopt, but the config has changed: a new container", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE, adopt: true }, SOON);
  await service.start();
  const before = await service.container();
  await service.configure({ script: `echo changed; ${IDLE}`, adopt: true });
  await killProgram(service);
  const after = await service.container();
  ok(after?.running && after.id !== before?.id, "there is a new container");
});
