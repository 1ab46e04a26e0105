/** What the verbs for a swarm do with a registry, and what its nodes do with the credentials of a service. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { saysLoginNeeded } from "../../src/engine/pull_image.ts";
import type { Task } from "../../src/engine/swarm_types.ts";
import { EngineError } from "../../src/errors.ts";
import { poll } from "../support/event_log.ts";
import { BASE_IMAGE, buildImage } from "../support/images.ts";
import { ACCOUNT, pushImage, startRegistry } from "../support/registry.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import { IDLE, PATIENT, runningTasks, scriptService, swarmVerbs } from "../support/swarm_verbs.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

const PATIENCE_MS = 60_000;

Deno.test("nodes pull with the credentials of the service, which stay with it until there are others", async () => {
  await using cluster = await SwarmCluster.start({ workers: 1 });
  await using registry = await startRegistry({ isPrivate: true, on: cluster.manager });
  const push = async (name: string) => {
    await buildImage(cluster.manager.api, "made-here", { ...BASE_IMAGE, files: { "/name": name } });
    const pushed = { source: "made-here", registry: registry.address, name, account: ACCOUNT };
    return await pushImage(cluster.manager.api, pushed);
  };
  const image = await push("web");
  using swarm = await swarmVerbs(cluster.manager);
  const registryAuth = btoa(JSON.stringify({ ...ACCOUNT, serveraddress: registry.address }));
  await rejects(
    swarm.inspectDistribution(image, { registryAuth: undefined, signal: PATIENT }),
    (error) => error instanceof EngineError && saysLoginNeeded(error),
  );
  const { digest, platforms } = await swarm.inspectDistribution(image, { registryAuth, signal: PATIENT });
  match(digest, /^sha256:[0-9a-f]{64}$/);
  const { Architecture } = JSON.parse(await cluster.manager.api.ask(`/images/${TEST_IMAGES.base}/json`));
  deepEqual(platforms, [{ architecture: Architecture, os: "linux" }]);

  const spec = scriptService("web", IDLE, { replicas: "global" });
  spec.TaskTemplate.ContainerSpec.Image = `${image}@${digest}`;
  const { id } = await swarm.createService({ spec, registryAuth }, PATIENT);
  await runningTasks(swarm, id, { count: 2 });

  // Of an image that no node has, which is pulled with what is stored.
  const next = await push("next");
  spec.TaskTemplate.ContainerSpec.Image = next;
  const version = (await swarm.inspectService(id, PATIENT))?.Version.Index ?? 0;
  await swarm.updateService(id, { spec, version, registryAuth: undefined }, PATIENT);
  const fits = ({ Spec }: Task) => Spec.ContainerSpec.Image === next;
  await runningTasks(swarm, id, { count: 2, fits });
});

Deno.test("without credentials, tasks are rejected for want of the image, as their state says", async () => {
  await using cluster = await SwarmCluster.start();
  await using registry = await startRegistry({ isPrivate: true, on: cluster.manager });
  using swarm = await swarmVerbs(cluster.manager);
  const spec = scriptService("web", IDLE);
  spec.TaskTemplate.ContainerSpec.Image = `${registry.address}/web:latest`;
  const { id } = await swarm.createService({ spec, registryAuth: undefined }, PATIENT);
  const task = await poll(
    PATIENCE_MS,
    "a rejected task",
    async () =>
      (await swarm.listTasks({ service: id }, PATIENT)).find(({ Status }) => Status.State === "rejected"),
  );
  match(task.Status.Err ?? "", /No such image/);
  equal(task.NodeID, cluster.manager.id);
});
