/** Disks without room: the service goes on, or says what is full, and works again when there is room. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import type { Host } from "./support/host.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { addInnerImages } from "./support/inner_images.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { SmallDisk } from "./support/small_disk.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const ONCE = { dropIn: "[Service]\nRestart=no" };
/** Ends with code 3 as soon as it is told to. */
const EXITS_3 = `trap 'exit 0' TERM
echo up
until [ -e /data/end ]; do sleep 0.1; done
rm /data/end
exit 3`;
/** Prints 1, 2, 3 … and notes how far it is; the same end. */
const COUNT = `trap 'exit 0' TERM
i=0
until [ -e /data/end ]; do i=$((i+1)); echo $i; echo $i >/data/count; sleep 0.02; done
rm /data/end
exit 3`;

const ENGINE_DISK = { path: "/var/lib/docker", size: "48m", user: "docker.service" };
const JOURNAL_DISK = { path: "/run/log/journal", size: "32m", user: "systemd-journald.service" };

const isOver = ({ ActiveState }: { ActiveState: string }) => ActiveState === "failed";

testOnHosts(
  "no room for what waits for InfluxDB: a record says where, the end is the container's",
  async (host) => {
    await using _ = await deadInfluxdb(host);
    await using disk = await SmallDisk.mount(host, { path: "/var/lib/service_runner", size: "64k" });
    await using service = await ServiceUnit.create(host, { script: EXITS_3 }, ONCE);
    const spool = `/var/lib/service_runner/${service.name}/influxdb`;
    const run = async () => {
      await service.start();
      await service.touch("end");
      equal((await service.until("over", isOver)).ExecMainStatus, "3");
      await host.systemctl("reset-failed", service.unit);
    };
    const told = async () =>
      (await service.records()).filter(({ source }) => source === "influxdb").map(({ message }) => message);
    await disk.fill();
    await run();
    const lack = `Records for InfluxDB can not wait in "${spool}": No space left on device (os error 28)`;
    equal((await told()).filter((message) => message === lack).length, 1, (await told()).join("\n"));
    await disk.makeRoom();
    await run();
    match(await host.shell('cat "$1"/*.lines', spool), /The container has ended by itself/);
  },
);

testOnHosts(
  "no room in /run/service_runner: the service starts and stops, the end is the container's",
  async (host) => {
    await using disk = await SmallDisk.mount(host, { path: "/run/service_runner", size: "64k" });
    await disk.fill();
    await using service = await ServiceUnit.create(host, { script: EXITS_3 }, ONCE);
    await service.start();
    await service.stop();
    equal((await service.state()).Result, "success");
    await service.start();
    await service.touch("end");
    equal((await service.until("over", isOver)).ExecMainStatus, "3");
    const warnings = (await service.records()).filter(({ severity }) => severity === "warn");
    match(
      warnings.map(({ message }) => message).join("\n"),
      /^Cannot write "\/run\/service_runner\/.*No space left on device/m,
    );
  },
);

testOnHosts("the engine has no room: what it says is told, and with room all is well", async (host) => {
  await using registry = await HostRegistry.open(host);
  const image = await registry.pushNewImage();
  await using disk = await engineDisk(host);
  await disk.fill();
  for (const config of [{ script: IDLE }, { script: IDLE, image, pull: "always" }]) {
    await using service = await ServiceUnit.create(host, config, ONCE);
    const { code } = await service.begin("start").result;
    ok(code !== 0, "systemctl start fails");
    const { StatusText, ExecMainStatus } = await service.state();
    equal(ExecMainStatus, "70", StatusText);
    match(StatusText, /^Failed: Cannot (create|pull) .*\/var\/lib\/docker\/.*: no space left on device$/);
  }
  await disk.makeRoom();
  for (const config of [{ script: IDLE }, { script: IDLE, image, pull: "always" }]) {
    await using service = await ServiceUnit.create(host, config, ONCE);
    await service.start();
  }
});

testOnHosts(
  "a container that fills the engine's disk: its lines arrive, and a stop is heeded",
  async (host) => {
    await using disk = await engineDisk(host);
    const script = `trap 'exit 0' TERM
echo before
dd if=/dev/zero of=/full bs=64k 2>&1 | grep -o 'No space.*'
seq 1 5000
until [ -e /data/room ]; do sleep 0.1; done
rm /full
echo after
sleep 100000 & wait`;
    await using service = await ServiceUnit.create(host, { script });
    await service.start();
    await service.untilRecord("the last line", ({ message }) => message === "5000");
    await service.touch("room");
    await service.untilRecord("the room", ({ message }) => message === "after");
    deepEqual(await service.lines(), [
      "before",
      "No space left on device",
      ...Array.from({ length: 5000 }, (_, index) => `${index + 1}`),
      "after",
    ]);
    await disk.fill();
    await service.stop();
    equal((await service.state()).Result, "success");
    equal(await service.container(), undefined);
  },
);

testOnHosts("the journal has no room: the service runs, stops and ends as ever", async (host) => {
  await using _ = await volatileJournal(host);
  await using journal = await SmallDisk.mount(host, JOURNAL_DISK);
  await using service = await ServiceUnit.create(host, { script: COUNT }, ONCE);
  await service.start();
  await service.untilRecord("a line", ({ message }) => message === "10");
  await lose(host, journal);
  const { MainPID } = await service.state();
  const atLeast = async (count: number) => Number(await host.run("cat", `${service.data}/count`)) >= count;
  await poll(60_000, "the container to go on", async () => await atLeast(500) || undefined);
  equal((await service.state()).MainPID, MainPID);
  await journal.makeRoom();
  await service.untilRecord("later lines", ({ message }) => Number(message) > 500, 120_000);
  const lines = await service.lines();
  ok(lines.length < Number(lines.at(-1)), "no line is missing: there was room");

  await lose(host, journal);
  const beforeMs = performance.now();
  await service.stop();
  ok(performance.now() - beforeMs < 20_000, "the stop is heeded");
  equal((await service.state()).Result, "success");
  await service.start();
  await service.touch("end");
  equal((await service.until("over", isOver)).ExecMainStatus, "3");
});

/** A machine-wide config with an InfluxDB that nobody is. */
async function deadInfluxdb(host: Host): Promise<AsyncDisposable> {
  const path = "/etc/service_runner/config.yaml";
  await host.write(path, "influxdb: {location: http://127.0.0.1:9, token: t, org: e2e}\n");
  return { [Symbol.asyncDispose]: async () => void await host.run("rm", path) };
}

/** Where the engine has all it has; the image of busybox is there. */
async function engineDisk(host: Host): Promise<SmallDisk> {
  const disk = await SmallDisk.mount(host, ENGINE_DISK);
  await addInnerImages(host);
  return disk;
}

/** The journal is in /run, and nowhere else, from the next start of journald on. */
async function volatileJournal(host: Host): Promise<AsyncDisposable> {
  const path = "/run/systemd/journald.conf.d/e2e.conf";
  await host.write(path, "[Journal]\nStorage=volatile\n");
  return { [Symbol.asyncDispose]: async () => void await host.run("rm", path) };
}

/** From now on what goes to the journal is lost: the file that has room left is closed. */
async function lose(host: Host, journal: SmallDisk): Promise<void> {
  await journal.fill();
  await host.run("journalctl", "--rotate");
  await journal.fill();
}
