/** Who is told by a unit: of the program's own death, and not of what was asked for. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Message } from "../../src/alerts/message.ts";
import { poll } from "../support/event_log.ts";
import type { Host } from "./support/host.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const WAIT_MS = 60_000;

/** A service with a machine-wide config of its own, whose alerts are lines of a file. */
async function createAlerted(
  host: Host,
  { dropIn = "", tell = 'exec cat >>"$0"' }: { dropIn?: string; tell?: string } = {},
) {
  const folder = `/srv/told-${crypto.randomUUID().slice(0, 8)}`;
  const file = `${folder}/messages`;
  await host.run("install", "--directory", "--mode=0777", folder);
  const command = ["/bin/sh", "-c", tell, file];
  await host.write(`${folder}/config.yaml`, JSON.stringify({ alerts: { to: [{ command }] } }));
  const service = await ServiceUnit.create(host, { script: IDLE }, {
    dropIn:
      `[Service]\nEnvironment=service_runner_global_config=${folder}/config.yaml\nRestartSec=100ms\nRestartSteps=0\n${dropIn}`,
  });
  const heard = async () => {
    const { stdout } = await host.attempt("cat", file);
    return stdout.split("\n").filter((line) => line !== "").map((line): Message => JSON.parse(line))
      .map(({ state, items }) => `${state} ${items.map(({ what }) => what).join(" | ")}`);
  };
  return {
    service,
    heard,
    /** All messages, as soon as there are so many. */
    untilHeard: (count: number) =>
      poll(WAIT_MS, `${count} messages`, async () => {
        const messages = await heard();
        return messages.length >= count ? messages : undefined;
      }),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await host.run("rm", "-r", folder);
    },
  };
}

testOnHosts("the program is killed: somebody is told, and told when it is over", async (host) => {
  await using alerted = await createAlerted(host);
  const { service, untilHeard } = alerted;
  await service.start();
  const { MainPID } = await service.state();
  await host.run("kill", "-KILL", MainPID);
  const [killed = "", over = "", ...others] = await untilHeard(2);
  equal(killed, "failing service_runner itself was killed (SIGKILL)");
  match(over, /^over The service is ready again, after \d+ s$/);
  deepEqual(others, []);
  const records = await service.records();
  ok(
    records.some(({ message }) => message === "service_runner itself was killed (SIGKILL)"),
    "it is in the journal",
  );
});

testOnHosts("the program is stuck, and the watchdog kills it: somebody is told", async (host) => {
  await using alerted = await createAlerted(host, { dropIn: "WatchdogSec=3s" });
  const { service, untilHeard } = alerted;
  await service.start();
  const { MainPID } = await service.state();
  await host.run("kill", "-STOP", MainPID);
  const [killed = "", over = ""] = await untilHeard(2);
  match(killed, /^failing systemd's watchdog has ended the service: service_runner hung, .* \(SIG/);
  match(over, /^over The service is ready again/);
});

/** `$1`: the unit's control group, `$2`: its main process, which the kernel then takes for the one to be killed. */
const FILL_MEMORY = `for folder in /sys/fs/cgroup/memory$1 /sys/fs/cgroup$1; do
  [ -e "$folder/cgroup.procs" ] && break
done
echo 1000 >"/proc/$2/oom_score_adj"
sh -c 'echo $$ >"$0/cgroup.procs"; exec tail /dev/zero' "$folder" || true
`;

testOnHosts("the program is killed for want of memory: somebody is told", async (host) => {
  await using alerted = await createAlerted(host, { dropIn: "MemoryMax=300M\nMemorySwapMax=0" });
  const { service, untilHeard } = alerted;
  await service.start();
  const { MainPID } = await service.state();
  const { ControlGroup } = await host.show(service.unit, "ControlGroup");
  await host.shell(FILL_MEMORY, ControlGroup, MainPID);
  const [killed = "", over = ""] = await untilHeard(2);
  // Of control groups of version 1, systemd does not hear why.
  match(
    killed,
    /^failing service_runner itself(?: was killed \(SIGKILL\)$|, or a check of it, was killed: .* no memory)/,
  );
  match(over, /^over The service is ready again/);
}, { needs: "a memory controller" });

testOnHosts(
  "a stop, a restart, a reload and an update that were asked for are told to nobody",
  async (host) => {
    await using alerted = await createAlerted(host);
    const { service, heard } = alerted;
    await service.start();
    await host.systemctl("restart", service.unit);
    await service.configure({ script: `: another; ${IDLE}` });
    const before = await service.container();
    await host.systemctl("reload", service.unit);
    await service.untilRecord(
      "the reload",
      ({ message }) => /^Reloaded: the container is a new one/.test(message),
    );
    ok((await service.container())?.id !== before?.id);
    await host.systemctl("kill", "--kill-whom=main", "--signal=USR1", service.unit);
    await service.untilRecord("the update", ({ message }) => /is never updated/.test(message));
    await service.stop();
    deepEqual(await heard(), []);
  },
);

testOnHosts("an alert that can not be delivered fails no unit, and is told later", async (host) => {
  // The first two fail.
  const tell = 'test "$(wc -l <"$0.tried" || echo 0)" -ge 2 && exec cat >>"$0"; echo >>"$0.tried"; exit 3;';
  await using alerted = await createAlerted(host, { tell });
  const { service, untilHeard } = alerted;
  await service.start();
  const { MainPID } = await service.state();
  await host.run("kill", "-KILL", MainPID);
  await service.until("active again", (state) => state.ActiveState === "active" && state.MainPID !== MainPID);
  const [killed, over] = await untilHeard(2);
  equal(killed, "failing service_runner itself was killed (SIGKILL)");
  match(over ?? "", /^over The service is ready again/);
});
