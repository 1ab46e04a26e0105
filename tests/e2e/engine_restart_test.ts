/** `systemctl restart docker` under a running service. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { liveRestore } from "./support/live_restore.ts";
import { ServiceUnit } from "./support/service_unit.ts";

const ROUNDS = 10;
/** Each takes ten seconds. */
const SLOW_ROUNDS = 4;
const ENGINE = ["docker.socket", "docker.service"];
const OUTAGE_MS = 30_000;
/** Prints 1, 2, 3 … on one stream and the same on the other, until it is asked to stop. */
const COUNT = `trap 'exit 0' TERM
i=0
while :; do i=$((i+1)); echo $i; echo $i >&2; sleep 0.01; done`;

testOnHosts(
  "ten engine restarts with live-restore, five of them with its socket: no line is lost or doubled",
  async (host) => {
    await using _ = await liveRestore(host);
    await using service = await ServiceUnit.create(host, { script: COUNT });
    await service.start();
    const before = await service.container();
    const { MainPID } = await service.state();
    for (let round = 1; round <= ROUNDS; round++) {
      // A new socket belongs to root alone for a moment; the upgrade of a package may restart it, too.
      await host.systemctl("restart", ...round % 2 === 0 ? ENGINE : ["docker.service"]);
      equal((await service.state()).ActiveState, "active", `after restart ${round}`);
    }
    await untilCounted(service, 50);
    const state = await service.state();
    equal((await service.container())?.id, before?.id);
    deepEqual({ pid: state.MainPID, restarts: state.NRestarts }, { pid: MainPID, restarts: "0" });
    const log = await host.attempt("docker", "logs", service.name);
    await service.stop();
    await assertNoneMissing(service, log);
  },
);

testOnHosts(
  "engine restarts without live-restore: the unit comes back by itself, each time",
  async (host) => {
    // Each restart is a restart of the unit: with the unit's own steps the last ones would be a minute apart.
    await using service = await ServiceUnit.create(host, { script: COUNT }, {
      dropIn: "[Service]\nRestartSteps=0",
    });
    await service.start();
    for (let round = 1; round <= SLOW_ROUNDS; round++) {
      const before = await service.container();
      await host.systemctl("restart", "docker.service");
      await untilReplaced(service, before?.id);
    }
    const all = await host.docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `name=${service.name}`);
    equal(all, (await service.container())?.id);
    await untilCounted(service, 20);
  },
);

testOnHosts("the engine is away for 30 s: the unit comes back by itself", async (host) => {
  await using service = await ServiceUnit.create(host, { script: COUNT });
  await service.start();
  const before = await service.container();
  // Masked, as the unit's Wants=, and whoever knocks at the socket, would bring it back at once.
  await host.systemctl("mask", "--runtime", "--now", ...ENGINE);
  // Not to wait for something: this is how long the engine is away.
  await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
  equal((await host.attempt("systemctl", "is-active", "docker.service")).stdout, "inactive\n");
  await host.systemctl("unmask", "--runtime", ...ENGINE);
  await host.systemctl("start", "docker.service");
  await untilReplaced(service, before?.id);
});

/** Settles when the container has printed so many more lines, and the journal has them. */
async function untilCounted(service: ServiceUnit, more: number): Promise<void> {
  const last = Math.max(0, ...(await service.lines()).map(Number));
  await service.untilRecord("further lines", ({ message }) => Number(message) > last + more);
}

/** Settles when the unit is active with another container than this one. */
async function untilReplaced(service: ServiceUnit, id: string | undefined): Promise<void> {
  const isReplaced = async () => {
    const container = await service.container();
    if (!container?.running || container.id === id) return undefined;
    return (await service.state()).ActiveState === "active" ? true : undefined;
  };
  await poll(60_000, `${service.unit} to come back`, isReplaced).catch(async (cause) => {
    const state = JSON.stringify(await service.state());
    throw new Error(`${(cause as Error).message}; its state: ${state}`, { cause });
  });
}

/**
 * All lines of the engine's log are in the journal, once and in order. A line that an engine on its way down has read
 * from the container and not written any more is nowhere.
 */
async function assertNoneMissing(
  service: ServiceUnit,
  log: { stdout: string; stderr: string },
): Promise<void> {
  const records = await service.records();
  for (const stream of ["stdout", "stderr"] as const) {
    const lines = records.filter(({ source }) => source === `docker_logs.${stream}`)
      .map(({ message }) => Number(message));
    ok(lines.length > 100, `there are only ${lines.length} lines`);
    const disorder = lines.findIndex((line, index) => line <= (lines[index - 1] ?? 0));
    equal(disorder, -1, `${stream}: … ${lines.slice(Math.max(0, disorder - 5), disorder + 5).join(" ")} …`);
    const inJournal = new Set(lines);
    const inLog = log[stream].trim().split("\n").map(Number);
    deepEqual(inLog.filter((line) => !inJournal.has(line)), [], `${stream}: in the engine's log only`);
    const nowhere = (lines.at(-1) ?? 0) - lines.length;
    ok(nowhere <= ROUNDS, `${stream}: ${nowhere} lines are nowhere`);
  }
}
