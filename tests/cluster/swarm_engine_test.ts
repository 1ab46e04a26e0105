/** The verbs for a swarm on real clusters. What is asked for, and answers not given on demand: `tests/engine/`. */
import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { stampedEntries } from "../../src/engine/log/log_entries.ts";
import { FrameDemultiplexer } from "../../src/engine/log/log_frames.ts";
import type { SwarmEngine, SwarmEvent } from "../../src/engine/swarm_engine.ts";
import type { Service } from "../../src/engine/swarm_types.ts";
import { EngineError } from "../../src/errors.ts";
import type { Instant } from "../../src/logging/log_record.ts";
import { compareInstants } from "../../src/supervisor/log/resume.ts";
import { poll } from "../support/event_log.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import { IDLE, PATIENT, runningTasks, scriptService, swarmVerbs } from "../support/swarm_verbs.ts";

const PATIENCE_MS = 60_000;

async function service(swarm: SwarmEngine, name: string): Promise<Service> {
  const found = await swarm.inspectService(name, PATIENT);
  ok(found !== undefined, `no service ${name}`);
  return found;
}

function idOf({ ID }: { readonly ID: string }): string {
  return ID;
}

function untilUpdated(swarm: SwarmEngine, name: string, state: string): Promise<Service> {
  return poll(PATIENCE_MS, `the update of ${name} is ${state}`, async () => {
    const now = await service(swarm, name);
    return now.UpdateStatus?.State === state ? now : undefined;
  });
}

async function refused(promise: Promise<unknown>, status: number, reason: RegExp): Promise<void> {
  await rejects(promise, (error) => {
    ok(error instanceof EngineError, String(error));
    equal(error.httpStatus, status);
    match(error.reason, reason);
    return true;
  });
}

Deno.test("a service is created, updated and rolled back; what another one has updated since is not overwritten", async () => {
  await using cluster = await SwarmCluster.start();
  using swarm = await swarmVerbs(cluster.manager);
  const spec = scriptService("web", IDLE, { env: ["WHICH=first"] });
  const request = { spec, registryAuth: undefined };
  const { id, warnings } = await swarm.createService(request, PATIENT);
  deepEqual(warnings, []);
  await refused(swarm.createService(request, PATIENT), 409, /name conflicts/);
  const [first] = await runningTasks(swarm, "web");
  const created = await service(swarm, "web");
  deepEqual([created.ID, (await service(swarm, id)).ID], [id, id]);
  equal(created.UpdateStatus, undefined);

  const version = created.Version.Index;
  // Of labels only: no task is replaced.
  const labelled = { ...spec, Labels: { owner: "me" } };
  await swarm.updateService(id, { ...request, spec: labelled, version }, PATIENT);
  await refused(swarm.updateService(id, { ...request, version }, PATIENT), 500, /update out of sequence/);
  deepEqual((await service(swarm, "web")).Spec.Labels, { owner: "me" });
  equal((await runningTasks(swarm, "web"))[0]?.ID, first?.ID);

  const next = scriptService("web", IDLE, { env: ["WHICH=second"] });
  const { Version } = await service(swarm, "web");
  await swarm.updateService(id, { ...request, spec: next, version: Version.Index }, PATIENT);
  const updated = await untilUpdated(swarm, "web", "completed");
  deepEqual(updated.PreviousSpec?.Labels, { owner: "me" });
  const [second] = await runningTasks(swarm, "web");
  deepEqual(second?.Spec.ContainerSpec.Env, ["WHICH=second"]);

  await refused(swarm.rollBackService(created, PATIENT), 500, /update out of sequence/);
  await swarm.rollBackService(updated, PATIENT);
  await untilUpdated(swarm, "web", "rollback_completed");
  const [third] = await runningTasks(swarm, "web");
  deepEqual(third?.Spec.ContainerSpec.Env, ["WHICH=first"]);
  notEqual(third?.ID, first?.ID);
});

Deno.test("a service is found by its name or id, not by the beginning of one, also where several begin so", async () => {
  await using cluster = await SwarmCluster.start();
  using swarm = await swarmVerbs(cluster.manager);
  const ids: string[] = [];
  const sharedBeginning = () =>
    ids.map((id) => id[0]).find((first, index, all) => all.indexOf(first) < index);
  while (sharedBeginning() === undefined) {
    const spec = scriptService(`service-${ids.length}`, IDLE, { replicas: 0 });
    ids.push((await swarm.createService({ spec, registryAuth: undefined }, PATIENT)).id);
  }
  equal((await swarm.inspectService(ids[0] ?? "", PATIENT))?.Spec.Name, "service-0");
  equal(await swarm.inspectService(ids[0]?.slice(0, 20) ?? "", PATIENT), undefined);
  equal(await swarm.inspectService(sharedBeginning() ?? "", PATIENT), undefined);
  equal(await swarm.inspectService("service", PATIENT), undefined);
});

Deno.test("tasks of a removed service are found by its label until their containers are gone", async () => {
  await using cluster = await SwarmCluster.start({ workers: 1 });
  using swarm = await swarmVerbs(cluster.manager);
  // It ends when it is told to by a file.
  const script =
    "trap 'until [ -e /tmp/end ]; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.1; done";
  const spec = scriptService("web", script, { replicas: "global", labels: { config: "web.yaml" } });
  const { id } = await swarm.createService({ spec, registryAuth: undefined }, PATIENT);
  const running = await runningTasks(swarm, id, { count: 2 });
  deepEqual(running.map(({ NodeID }) => NodeID).sort(), cluster.nodes.map(({ id }) => id).sort());
  deepEqual(running.map(({ Slot }) => Slot), [undefined, undefined]);

  await swarm.removeService(id, PATIENT);
  await swarm.removeService(id, PATIENT);
  equal(await swarm.inspectService("web", PATIENT), undefined);
  await refused(swarm.listTasks({ service: id }, PATIENT), 404, /not found/);
  const label = "config=web.yaml";
  deepEqual((await swarm.listTasks({ label }, PATIENT)).map(idOf).sort(), running.map(idOf).sort());
  await poll(PATIENCE_MS, "the tasks are asked to go", async () => {
    const leaving = await swarm.listTasks({ label, desiredState: ["remove"] }, PATIENT);
    return leaving.length === running.length ? true : undefined;
  });
  deepEqual(await swarm.listTasks({ label: "config=other.yaml" }, PATIENT), []);

  for (const { api } of cluster.nodes) {
    const [container] = await api.docker.listContainers();
    await api.exec(container?.Id ?? "", ["touch", "/tmp/end"]);
  }
  await poll(
    PATIENCE_MS,
    "the tasks are gone",
    async () => (await swarm.listTasks({ label }, PATIENT)).length === 0 ? true : undefined,
  );
  // The engine removes a task's container a moment after it has ended.
  for (const { api } of cluster.nodes) deepEqual(await api.docker.listContainers(), []);
});

Deno.test("nodes are listed; events tell what becomes of them and of services, until the engine goes away", async () => {
  await using cluster = await SwarmCluster.start({ workers: 1 });
  const [manager, worker] = [cluster.manager, cluster.node("worker-1")];
  using swarm = await swarmVerbs(manager);
  const nodes = await swarm.listNodes(PATIENT);
  deepEqual(
    nodes.map((node) => [node.Description.Hostname, node.ID, node.Status.State, node.ManagerStatus?.Leader])
      .sort(),
    [["manager-1", manager.id, "ready", true], ["worker-1", worker.id, "ready", undefined]],
  );
  const events = (await swarm.followSwarmEvents(PATIENT))[Symbol.asyncIterator]();
  const next = async (type: SwarmEvent["type"], fits: (event: SwarmEvent) => boolean = () => true) => {
    for (;;) {
      const { value, done } = await events.next();
      ok(!done, "the events have ended");
      if (value.type === type && fits(value)) return value;
    }
  };
  const request = { spec: scriptService("web", IDLE), registryAuth: undefined };
  const { id } = await swarm.createService(request, PATIENT);
  deepEqual(await next("service"), { type: "service", action: "create", id, attributes: { name: "web" } });
  const version = (await service(swarm, id)).Version.Index;
  const spec = scriptService("web", IDLE, { env: ["A=B"] });
  await swarm.updateService(id, { ...request, spec, version }, PATIENT);
  await next("service", ({ attributes }) => attributes["updatestate.new"] === "completed");
  await cluster.change(worker, { Availability: "drain" });
  const drained = await next("node", ({ id }) => id === worker.id);
  deepEqual([drained.id, drained.action, drained.attributes["availability.new"]], [
    worker.id,
    "update",
    "drain",
  ]);
  equal((await swarm.listNodes(PATIENT)).find(({ ID }) => ID === worker.id)?.Spec.Availability, "drain");
  await worker.freeze();
  await next("node", ({ id, attributes }) => id === worker.id && attributes["state.new"] === "down");
  await swarm.removeService(id, PATIENT);
  await next("service", ({ action }) => action === "remove");
  await manager.kill();
  const over = await events.next().catch((error) => error);
  ok(over instanceof Error || over.done);
});

/** Lines of the log as they come, as `STREAM LINE`. */
class LogLines {
  readonly lines: string[] = [];
  readonly stamps: Instant[] = [];
  readonly #entries = new FrameDemultiplexer(stampedEntries((stream, bytes, from, to, stamp) => {
    this.stamps.push(stamp!);
    this.lines.push(`${stream} ${new TextDecoder().decode(bytes.subarray(from, to)).trimEnd()}`);
  }));

  constructor(readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  /** Until these have come, in whatever order; yields all that have come. */
  async until(wanted: readonly string[]): Promise<string[]> {
    while (!wanted.every((line) => this.lines.includes(line))) {
      const { value, done } = await this.reader.read();
      ok(!done, `the log has ended after ${JSON.stringify(this.lines)}`);
      this.#entries.push(value);
    }
    return this.lines.toSorted();
  }
}

Deno.test("the log of a task on another node is followed, and goes on behind a stamp", async () => {
  await using cluster = await SwarmCluster.start({ workers: 1 });
  using swarm = await swarmVerbs(cluster.manager);
  const worker = cluster.node("worker-1");
  const script =
    `echo first; echo trouble >&2; until [ -e /tmp/more ]; do sleep 0.05; done; echo second; ${IDLE}`;
  const spec = scriptService("web", script, { replicas: "global" });
  const { id } = await swarm.createService({ spec, registryAuth: undefined }, PATIENT);
  const tasks = await runningTasks(swarm, id, { count: 2 });
  const task = tasks.find(({ NodeID }) => NodeID === worker.id)?.ID ?? "";
  const stopping = new AbortController();
  const follow = async (since: Instant | undefined) =>
    new LogLines((await swarm.followTaskLog(task, since, stopping.signal)).getReader());
  const log = await follow(undefined);
  const before = ["stdout first", "stderr trouble"];
  deepEqual(await log.until(before), before.toSorted());

  const [last] = log.stamps.toSorted(compareInstants).toReversed();
  const later = await follow({ seconds: last!.seconds, nanos: last!.nanos + 1 });
  const [container] = await worker.api.docker.listContainers();
  await worker.api.exec(container?.Id ?? "", ["touch", "/tmp/more"]);
  deepEqual(await log.until(["stdout second"]), [...before, "stdout second"].toSorted());
  deepEqual(await later.until(["stdout second"]), ["stdout second"]);
  const reason = new Error("asked to stop");
  stopping.abort(reason);
  await rejects(log.reader.read(), reason);
});
