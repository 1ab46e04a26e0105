/** What the verbs for a swarm get of an engine that is no manager of a swarm, or whose swarm is in trouble. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import { EngineError, EngineUnreachableError } from "../../src/errors.ts";
import { poll } from "../support/event_log.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import { IDLE, PATIENT, runningTasks, scriptService, swarmVerbs } from "../support/swarm_verbs.ts";

/** A swarm that gets its quorum back may take more than a minute to use it. */
const PATIENCE_MS = 180_000;
const REQUEST = { spec: scriptService("web", IDLE), registryAuth: undefined };

/** All verbs but those that ask the engine itself. */
const ASKED_OF_MANAGERS: Readonly<Record<string, (swarm: SwarmEngine) => Promise<unknown>>> = {
  createService: (swarm) => swarm.createService(REQUEST, PATIENT),
  updateService: (swarm) => swarm.updateService("web", { ...REQUEST, version: 1 }, PATIENT),
  inspectService: (swarm) => swarm.inspectService("web", PATIENT),
  removeService: (swarm) => swarm.removeService("web", PATIENT),
  listTasks: (swarm) => swarm.listTasks({}, PATIENT),
  listNodes: (swarm) => swarm.listNodes(PATIENT),
  followTaskLog: (swarm) => swarm.followTaskLog("task", undefined, PATIENT),
};

async function allRefused(swarm: SwarmEngine, status: number, reason: RegExp): Promise<void> {
  for (const [verb, ask] of Object.entries(ASKED_OF_MANAGERS)) {
    await rejects(ask(swarm), (error) => {
      ok(error instanceof EngineError, `${verb}: ${error}`);
      equal(error.httpStatus, status, `${verb}: ${error}`);
      match(error.reason, reason, verb);
      return true;
    });
  }
}

Deno.test("a worker, and an engine in no swarm, answer 503 and say what they are", async () => {
  await using cluster = await SwarmCluster.start({ workers: 1 });
  const worker = cluster.node("worker-1");
  using manager = await swarmVerbs(cluster.manager);
  using swarm = await swarmVerbs(worker);
  const said = await manager.swarmInfo(PATIENT);
  deepEqual([said.LocalNodeState, said.ControlAvailable, said.NodeID], ["active", true, cluster.manager.id]);
  const info = await swarm.swarmInfo(PATIENT);
  deepEqual([info.LocalNodeState, info.ControlAvailable, info.NodeID], ["active", false, worker.id]);
  await allRefused(swarm, 503, /This node is not a swarm manager/);
  await worker.api.ask("/swarm/leave", { method: "POST" });
  const { LocalNodeState, ControlAvailable } = await swarm.swarmInfo(PATIENT);
  deepEqual([LocalNodeState, ControlAvailable], ["inactive", false]);
  await allRefused(swarm, 503, /This node is not a swarm manager/);
  // Of its own images it can be asked all the same; here no registry can be reached.
  const asking = swarm.inspectDistribution("registry.example/web:1", {
    registryAuth: undefined,
    signal: PATIENT,
  });
  await rejects(
    asking,
    (error) => error instanceof EngineError && error.operation.includes("registry.example"),
  );
});

Deno.test("a manager whose swarm is locked answers 503 until somebody unlocks it", async () => {
  await using cluster = await SwarmCluster.start();
  const { manager } = cluster;
  const { Version, Spec } = JSON.parse(await manager.api.ask("/swarm"));
  const json = { ...Spec, EncryptionConfig: { AutoLockManagers: true } };
  await manager.api.ask(`/swarm/update?version=${Version.Index}`, { method: "POST", json });
  const { UnlockKey } = JSON.parse(await manager.api.ask("/swarm/unlockkey"));
  using swarm = await swarmVerbs(manager);
  const keyFile = `${manager.options.dir}/data/swarm/certificates/swarm-node.key`;
  await poll(
    PATIENCE_MS,
    "the manager's key is locked",
    async () => /ENCRYPTED PRIVATE KEY/.test(await Deno.readTextFile(keyFile)) ? true : undefined,
  );
  await manager.stop();
  await rejects(swarm.listNodes(PATIENT), EngineUnreachableError);
  await manager.start();
  equal((await swarm.swarmInfo(PATIENT)).LocalNodeState, "locked");
  await allRefused(swarm, 503, /Swarm is encrypted and needs to be unlocked/);
  await manager.api.ask("/swarm/unlock", { method: "POST", json: { UnlockKey } });
  await cluster.until(manager, "ready");
  equal((await swarm.swarmInfo(PATIENT)).LocalNodeState, "active");
});

Deno.test("the quorum is lost: a create fails with 500, and is carried out when the quorum is back", async () => {
  await using cluster = await SwarmCluster.start({ managers: 2 });
  const [manager, other] = [cluster.manager, cluster.node("manager-2")];
  using swarm = await swarmVerbs(manager);
  await other.freeze();
  await rejects(swarm.createService(REQUEST, PATIENT), (error) => {
    ok(error instanceof EngineError, String(error));
    equal(error.httpStatus, 500);
    match(error.reason, /node lost leader status/);
    return true;
  });
  // The next one is answered after 20 s, if at all.
  await rejects(
    swarm.listNodes(PATIENT),
    (error) => error instanceof EngineError && error.httpStatus === 500,
  );
  await poll(PATIENCE_MS, "the manager knows that there is no leader", async () => {
    const { LocalNodeState, ControlAvailable, Error = "" } = await swarm.swarmInfo(PATIENT);
    deepEqual([LocalNodeState, ControlAvailable], ["active", true]);
    return /The swarm does not have a leader/.test(Error) ? true : undefined;
  });
  await allRefused(swarm, 500, /The swarm does not have a leader/);
  other.thaw();
  const tasks = await poll(
    PATIENCE_MS,
    "the swarm has a leader again",
    () => runningTasks(swarm, "web").catch(() => undefined),
  );
  equal(tasks[0]?.Spec.ContainerSpec.Command?.at(-1), IDLE);
});
