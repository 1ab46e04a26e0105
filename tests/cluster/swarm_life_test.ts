/** A Swarm service on a real swarm of two engines: from its start to its end, and what may happen to it in between. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";
import { SwarmService, type SwarmServiceOptions } from "../support/swarm_service.ts";

const IDLE = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** What happens, one after the other, on one cluster. */
const STEPS: Readonly<Record<string, (cluster: SwarmCluster) => Promise<void>>> = {
  "start and stop": async (cluster) => {
    await using service = await create(cluster, { script: IDLE });
    const process = service.run();
    match(await service.ready(), /^Running since \d\d:\d\d, 2 of 2 tasks on 2 nodes, no checks$/);
    const tasks = await service.tasks();
    deepEqual(tasks.map(({ Slot }) => Slot).sort(), [1, 2]);
    equal(new Set(tasks.map(({ NodeID }) => NodeID)).size, 2);
    process.signal("SIGTERM");
    equal((await process.exit()).code, 0);
    equal(await service.inspect(), undefined);
    await service.until("no container", async () => (await containersOf(cluster, service)).length === 0);
  },

  "no node has room for it: the reason is in STATUS within a second, then it is taken back": async (
    cluster,
  ) => {
    await using service = await create(cluster, {
      script: IDLE,
      swarm: { reserve: { memory: "900g" } },
      keys: { ready: { timeout: "3s" } },
    });
    const process = service.run();
    const created = process.nextRecord(({ message }) => /is created$/.test(message));
    const createdAtMs = Date.parse((await process.whileRunning(created)).timestamp);
    await service.status(
      /^0 of 2 tasks run; swarm-\w+\.1: no suitable node \(insufficient resources on 2 nodes\)$/,
    );
    ok(Date.now() - createdAtMs < 1500, "the reason comes too late");
    const { code, records } = await process.exit();
    equal(code, 70);
    match(
      records.at(-1)?.message ?? "",
      /is not ready within 3 s: 0 of 2 tasks run; .*insufficient resources/,
    );
    equal(await service.inspect(), undefined);
  },

  "an image that only one of the nodes has": async (cluster) => {
    const image = "service_runner-test/only-there:1";
    await cluster.manager.api.tagImage(TEST_IMAGES.base, image);
    const options = { script: IDLE, swarm: { "max_per_node": 1 }, keys: { image } };
    await using service = await create(cluster, options);
    const process = service.run();
    await service.status(/^1 of 2 tasks run; swarm-\w+\.\d on worker-1: .*No such image/);
    process.signal("SIGTERM");
    equal((await process.exit()).code, 0);
  },

  "tasks that end by themselves are told, each with its end and its node": async (cluster) => {
    const script = `trap 'exit 7' USR1; ${IDLE}`;
    await using service = await create(cluster, { script });
    const process = service.run();
    await service.ready();
    const [task] = await service.tasks();
    const node = cluster.nodes.find(({ id }) => id === task?.NodeID)!;
    const ended = process.nextRecord(({ message }) => /has ended by itself/.test(message));
    await node.api.docker.getContainer(task!.Status.ContainerStatus!.ContainerID!).kill({ signal: "USR1" });
    const record = await process.whileRunning(ended);
    match(
      record.message,
      new RegExp(
        `^The task ${service.name}\\.${task!.Slot} has ended by itself: exit code 7 on ${node.name}$`,
      ),
    );
    deepEqual({ node: record.data.node, code: record.data.exit_code }, { node: node.name, code: 7 });
    await service.status(/^1 of 2 tasks run since \d\d:\d\d; .* failed: exit code 7 on /);
    await service.status(/^Running since \d\d:\d\d, 2 of 2 tasks/);
  },

  "a task that is unhealthy is no task that runs": async (cluster) => {
    const flags = [
      "--health-cmd",
      "test ! -e /tmp/ill",
      "--health-interval",
      "200ms",
      "--health-retries",
      "1",
    ];
    await using service = await create(cluster, { script: IDLE, keys: { container_create_args: flags } });
    const process = service.run();
    await service.ready();
    const [task] = await service.tasks();
    const node = cluster.nodes.find(({ id }) => id === task?.NodeID)!;
    const ended = process.nextRecord(({ message }) => /has ended by itself/.test(message));
    await node.api.exec(task!.Status.ContainerStatus!.ContainerID!, ["touch", "/tmp/ill"]);
    match((await process.whileRunning(ended)).message, /unhealthy|exit code|sandbox/);
    await service.status(/^Running since \d\d:\d\d, 2 of 2 tasks/);
  },

  "a good update goes through, a bad one is taken back, and the reload is refused": async (cluster) => {
    await using service = await create(cluster, { script: IDLE });
    const process = service.run();
    await service.ready();
    const before = (await service.tasks()).map(({ ID }) => ID);
    await service.configure({ script: `: other; ${IDLE}` });
    process.signal("SIGHUP");
    await service.status(/^Updating: 0 of 2 tasks are new/);
    await service.ready();
    ok((await service.tasks()).every(({ ID }) => !before.includes(ID)));
    await service.configure({ script: "exit 3" });
    process.signal("SIGHUP");
    match(
      await service.ready(),
      /^Running since .*, 2 of 2 .*; reload refused: rolled back: swarm-\w+\.\d failed: exit code 3 on \w+-1$/,
    );
    // What could not serve is not what the next start finds.
    match(JSON.stringify(await service.inspect()), /: other;/);
  },

  "kill -9: nothing happens to the tasks, and the next process takes them up": async (cluster) => {
    await using service = await create(cluster, { script: IDLE });
    const killed = service.run();
    await service.ready();
    const before = (await service.tasks()).map(({ ID }) => ID).sort();
    killed.signal("SIGKILL");
    await killed.exit();
    const process = service.run();
    await service.ready();
    deepEqual((await service.tasks()).map(({ ID }) => ID).sort(), before);
    process.signal("SIGTERM");
    equal((await process.exit()).code, 0);
    equal(await service.inspect(), undefined);
  },

  "changed and removed by hand": async (cluster) => {
    await using service = await create(cluster, { script: IDLE });
    const process = service.run();
    await service.ready();
    const { Spec, Version, ID } = (await service.inspect()) as unknown as Inspected;
    const { docker } = cluster.manager.api;
    await docker.getService(ID).update({
      ...Spec,
      Mode: { Replicated: { Replicas: 3 } },
      version: Version.Index,
    });
    await service.status(/Changed from outside: Mode.Replicated.Replicas is 3, was 2$/);
    process.signal("SIGHUP");
    await service.ready();
    equal((await service.tasks()).length, 2);
    await docker.getService(ID).remove();
    const { code, records } = await process.exit();
    equal(code, 70);
    match(records.at(-1)?.message ?? "", /somebody has removed it$/);
  },

  "SIGTERM while it starts, at any moment: nothing is left": async (cluster) => {
    for (let moment = 0; moment < 8; moment++) {
      await using service = await create(cluster, { script: IDLE });
      const process = service.run();
      await new Promise((resolve) => setTimeout(resolve, 250 + 120 * moment));
      process.signal("SIGTERM");
      const { code, records } = await process.exit();
      // So early that nobody listens yet, it ends by the signal.
      if (records.length > 0) equal(code, 0, `${250 + 120 * moment} ms`);
      equal(await service.inspect(), undefined);
    }
  },

  "a node that hangs, then its engine is killed: its tasks do not count, others take their place": async (
    cluster,
  ) => {
    await using service = await create(cluster, { script: IDLE });
    service.run();
    await service.ready();
    const worker = cluster.node("worker-1");
    worker.freeze();
    await service.status(/^1 of 2 tasks run since \d\d:\d\d; worker-1 is down/);
    await service.status(/^Running since \d\d:\d\d, 2 of 2 tasks on 1 node/);
    worker.thaw();
    await cluster.until(worker, "ready");
    await worker.kill();
    await cluster.until(worker, "down");
    await worker.start();
    await cluster.until(worker, "ready");
    equal((await service.tasks()).length, 2);
  },
};

interface Inspected {
  readonly ID: string;
  readonly Spec: object;
  readonly Version: { readonly Index: number };
}

Deno.test("a Swarm service on a swarm of two engines", async (t) => {
  await using cluster = await SwarmCluster.start({ managers: 1, workers: 1 });
  for (const [name, step] of Object.entries(STEPS)) {
    await t.step(name, () => step(cluster));
  }
});

function create(cluster: SwarmCluster, options: Omit<SwarmServiceOptions, "on">): Promise<SwarmService> {
  return SwarmService.create({ on: cluster.manager, ...options });
}

/** On all nodes. */
async function containersOf(cluster: SwarmCluster, { name }: SwarmService): Promise<string[]> {
  const found = await Promise.all(cluster.nodes.map(async ({ api }) => {
    const containers = await api.docker.listContainers({ all: true, filters: { name: [`${name}.`] } });
    return containers.map(({ Id }) => Id);
  }));
  return found.flat();
}
