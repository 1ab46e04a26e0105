import { deepEqual, equal, rejects } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { childrenOf, processesWith } from "../support/processes.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import type { SwarmNode } from "../support/swarm_node.ts";
import { tempDir } from "../support/temp_dir.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

const PATIENCE_MS = 60_000;

/** Until a task runs on exactly these nodes. */
async function untilRunsOn(cluster: SwarmCluster, nodes: readonly SwarmNode[]): Promise<void> {
  const wanted = nodes.map(({ id }) => id).sort();
  await poll(PATIENCE_MS, "tasks on the nodes that were expected", async () => {
    const tasks = await cluster.manager.api.docker.listTasks();
    const running = tasks.filter(({ Status, DesiredState }) =>
      Status.State === "running" && DesiredState === "running"
    );
    return JSON.stringify(running.map(({ NodeID }) => NodeID).sort()) === JSON.stringify(wanted)
      ? true
      : undefined;
  });
}

/**
 * Runs `act`, which yields a control group, if there is one, with a folder for temporary files of its own; then sees what is
 * left of files, processes, mounts and groups.
 */
async function leavesNothing(act: () => Promise<string | undefined>): Promise<void> {
  await using temporary = await tempDir("t");
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", temporary.path);
  const children = childrenOf(Deno.pid);
  let group: string | undefined;
  try {
    group = await act();
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
  deepEqual(childrenOf(Deno.pid), children);
  deepEqual(processesWith(temporary.path), []);
  deepEqual(await Array.fromAsync(Deno.readDir(temporary.path)), []);
  equal((await Deno.readTextFile("/proc/self/mountinfo")).includes(temporary.path), false);
  if (group === undefined) return;
  const find = new Deno.Command("find", { args: ["/sys/fs/cgroup", "-path", `*${group}*`] });
  equal(new TextDecoder().decode((await find.output()).stdout), "");
}

Deno.test("a cluster of two: tasks on both, a node that hangs, is cut off or drained; nothing is left", () =>
  leavesNothing(async () => {
    await using cluster = await SwarmCluster.start({ workers: 1 });
    const [manager, worker] = [cluster.manager, cluster.node("worker-1")];
    const nodes = await manager.api.docker.listNodes();
    deepEqual(nodes.map(({ Description }) => Description.Hostname).sort(), ["manager-1", "worker-1"]);
    const ids = await Promise.all(cluster.nodes.map(({ api }) => api.inspectImage(TEST_IMAGES.base)));
    equal(ids[0]?.Id, ids[1]?.Id);
    await manager.api.ask("/services/create", {
      method: "POST",
      json: {
        Name: "web",
        TaskTemplate: {
          ContainerSpec: {
            Image: TEST_IMAGES.base,
            Command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"],
          },
        },
        Mode: { Global: {} },
      },
    });
    await untilRunsOn(cluster, cluster.nodes);
    await worker.freeze();
    await cluster.until(worker, "down");
    worker.thaw();
    await cluster.until(worker, "ready");
    await worker.cut();
    await cluster.until(worker, "down");
    await worker.mend();
    await cluster.until(worker, "ready");
    await cluster.change(worker, { Availability: "drain" });
    await untilRunsOn(cluster, [manager]);
    // What is left of it even so is the cluster's to clear away.
    await manager.kill();
    return cluster.controlGroup;
  }));

Deno.test("three managers: when the leader is killed another one leads, and the killed one comes back to follow", async () => {
  await using cluster = await SwarmCluster.start({ managers: 3 });
  const [first, second] = cluster.nodes as [SwarmNode, SwarmNode];
  equal(await cluster.leader(second), first);
  await first.kill();
  await poll(PATIENCE_MS, "another leader", async () => {
    const leader = await cluster.leader(second);
    return leader !== undefined && leader !== first ? true : undefined;
  });
  await first.start();
  await cluster.until(first, "ready", second);
  equal((await cluster.says(first, second)).ManagerStatus?.Leader, undefined);
});

Deno.test("a start that fails leaves nothing behind", () =>
  leavesNothing(async () => {
    await rejects(SwarmCluster.start({ heartbeatMs: -1 }), /heartbeat/);
    return undefined;
  }));
