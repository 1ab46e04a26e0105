/** A Swarm service with the shipped unit, on two hosts that are a swarm. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import type { SwarmHost } from "./support/swarm_host.ts";
import { testOnSwarm } from "./support/swarm_hosts.ts";

const PATIENCE_MS = 120_000;
const CONFIG = {
  image: INNER_IMAGES.base,
  pull: "missing",
  "service_args": ["sh", "-c", IDLE],
  swarm: { replicas: 2, "max_per_node": 1, update: { monitor: "2s" } },
};

testOnSwarm(
  "enabled on one host, a service runs on both, outlives the host's reboot, and a stop ends it on both",
  async ({ manager, worker }) => {
    await using web = await ServiceUnit.create(manager, CONFIG);
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => void await manager.systemctl("disable", web.unit));
    await manager.systemctl("enable", "--now", web.unit);
    match((await web.state()).StatusText, /^Running since \d\d:\d\d, 2 of 2 tasks on 2 nodes/);
    const before = await containersOn(worker, web);
    equal(before.length, 1);
    equal((await containersOn(manager, web)).length, 1);

    const all = async () => [...await containersOn(manager, web), ...await containersOn(worker, web)];
    const unharmed = await all();
    await manager.systemctl("restart", web.unit);
    deepEqual(await all(), unharmed);

    await manager.reboot();
    // The tasks of the machine itself have gone down with it.
    await web.untilStatus(/^Running since \d\d:\d\d, 2 of 2 tasks on 2 nodes/, PATIENCE_MS);
    ok((await containersOn(worker, web, "running")).includes(before[0]!));
    ok(!(await web.records()).slice(-50).some(({ message }) => /^Removing/.test(message)));

    await web.stop();
    equal((await web.state()).Result, "success");
    await poll(PATIENCE_MS, "the end of all containers", async () => {
      const left = [...await containersOn(manager, web), ...await containersOn(worker, web)];
      return left.length === 0 || undefined;
    });
    equal(await manager.docker("service", "ls", "--quiet"), "");
  },
);

testOnSwarm(
  "a unit on another manager is refused while the first host is up, and takes over when that is gone",
  async ({ manager, worker }) => {
    await manager.docker("node", "promote", worker.hostname);
    const first = await ServiceUnit.create(manager, CONFIG);
    await first.start();
    await using second = await ServiceUnit.create(worker, CONFIG, {
      literalName: first.name,
      dropIn: "[Service]\nRestart=no",
    });
    const refused = await worker.attempt("systemctl", "start", second.unit);
    ok(refused.code !== 0);
    const { StatusText, ExecMainStatus } = await second.state();
    match(StatusText, new RegExp(`: ${first.name} is supervised on ${manager.hostname}; stop it there$`));
    equal(ExecMainStatus, "70");
    match(
      await worker.attempt("service_runner", "doctor", second.name).then(({ stdout }) => stdout),
      /is supervised on/,
    );

    // Two managers have no quorum without each other: the one that is to go is made a worker before.
    await worker.docker("node", "demote", manager.hostname);
    await poll(
      PATIENCE_MS,
      "the first unit's end",
      async () => (await first.state()).ExecMainStatus === "70" || undefined,
    );
    equal((await containersOn(worker, second)).length, 1);
    await manager.systemctl("stop", first.unit);
    await manager.powerOff();
    await poll(
      PATIENCE_MS,
      "the node to be down",
      async () =>
        await worker.docker("node", "inspect", "--format={{.Status.State}}", manager.hostname) === "down" ||
        undefined,
    );
    await worker.systemctl("reset-failed", second.unit);
    const taking = second.begin("start");
    await second.untilRecord(
      "the change of the owner",
      ({ message }) => /is down, or no manager any more: it is taken over$/.test(message),
    );
    await manager.powerOn();
    equal((await taking.result).code, 0);
    await worker.docker("node", "promote", manager.hostname);
    await second.untilStatus(/^Running since \d\d:\d\d, 2 of 2 tasks/, PATIENCE_MS);
    await second.stop();
    equal(await worker.docker("service", "ls", "--quiet"), "");
    await manager.docker("node", "demote", worker.hostname);
    await first[Symbol.asyncDispose]();
  },
);

/** The ids of the service's containers. */
async function containersOn(host: SwarmHost, { name }: ServiceUnit, state?: "running"): Promise<string[]> {
  const filters = [
    `label=com.docker.swarm.service.name=${name}`,
    ...state === undefined ? [] : [`status=${state}`],
  ];
  const ids = await host.docker("ps", "--all", "--quiet", ...filters.map((filter) => `--filter=${filter}`));
  return ids.split("\n").filter((id) => id !== "");
}
