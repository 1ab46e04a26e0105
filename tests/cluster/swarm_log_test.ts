/** The log of a service on real clusters: each line once, through what happens to nodes, connections and engines. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import type { ServiceSpec } from "../../src/engine/swarm_types.ts";
import { poll } from "../support/event_log.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import type { SwarmNode } from "../support/swarm_node.ts";
import { SwarmService } from "../support/swarm_service.ts";
import {
  faults,
  linesLostBy,
  type LogRecord,
  NUMBERED_LINES,
  numbersOf,
  SwarmLogReader,
} from "../support/swarm_log_reader.ts";
import { PATIENT, runningTasks, scriptService, swarmVerbs } from "../support/swarm_verbs.ts";
import { tempDir } from "../support/temp_dir.ts";

const PATIENCE_MS = 60_000;

/** A service with a task on each node, and its log. */
class LoggedService {
  readonly records: LogRecord[] = [];
  readonly spec: ServiceSpec;
  id = "";
  #reader!: SwarmLogReader;

  private constructor(
    readonly name: string,
    readonly swarm: SwarmEngine,
    readonly folder: string,
    terminal: boolean,
  ) {
    const spec = scriptService(name, NUMBERED_LINES, { replicas: "global", labels: { name } });
    spec.TaskTemplate.ContainerSpec.TTY = terminal;
    this.spec = spec;
  }

  static async create(
    swarm: SwarmEngine,
    name: string,
    { folder, terminal }: { readonly folder: string; readonly terminal: boolean },
  ): Promise<LoggedService> {
    const service = new LoggedService(name, swarm, folder, terminal);
    service.id = (await swarm.createService({ spec: service.spec, registryAuth: undefined }, PATIENT)).id;
    await service.#read(true);
    return service;
  }

  /** Resolves when tasks of all nodes have written lines that are newer than this call. */
  async goesOn(nodes: readonly string[]): Promise<void> {
    const now = new Date().toISOString();
    for (const node of nodes) {
      await poll(PATIENCE_MS, `a new line of ${this.name} on ${node}`, () =>
        Promise.resolve(
          this.records.findLast(({ data, timestamp }) => data.node === node && timestamp > now) && true,
        ));
    }
  }

  /** Another process goes on with the log. */
  async replaceReader(): Promise<void> {
    await this.#reader.kill();
    await this.#read(false);
  }

  /** Has all tasks replaced, one after the other. */
  async update(): Promise<void> {
    const before = await this.swarm.inspectService(this.name, PATIENT);
    const spec = { ...this.spec, TaskTemplate: { ...this.spec.TaskTemplate, ForceUpdate: 1 } };
    spec.UpdateConfig = { ...spec.UpdateConfig, Parallelism: 1 };
    const request = { spec, registryAuth: undefined, version: before!.Version.Index };
    await this.swarm.updateService(this.id, request, PATIENT);
    await poll(PATIENCE_MS, `the update of ${this.name}`, async () => {
      const service = await this.swarm.inspectService(this.name, PATIENT);
      return service?.UpdateStatus?.State === "completed" ? true : undefined;
    });
  }

  /** Removes the service, and reads its log to the end. */
  async remove(): Promise<void> {
    this.#reader.noteRemoval();
    await this.swarm.removeService(this.id, PATIENT);
    await poll(PATIENCE_MS, `the end of the tasks of ${this.name}`, async () => {
      const tasks = await this.swarm.listTasks({ label: `name=${this.name}` }, PATIENT);
      return tasks.length === 0 ? true : undefined;
    });
    await this.#reader.untilQuiet(AbortSignal.timeout(PATIENCE_MS));
    await this.#reader.end();
  }

  async #read(isNew: boolean): Promise<void> {
    const { id, name, swarm, folder, records } = this;
    this.#reader = await SwarmLogReader.start({ swarm, service: { id, name }, isNew, folder, records });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#reader.end();
  }
}

// The file of positions stays open for as long as the process lives.
Deno.test("each line of each task comes once, whatever happens to nodes, connections and engines", {
  sanitizeResources: false,
}, async (t) => {
  await using folders = await tempDir();
  await using cluster = await SwarmCluster.start({ workers: 1 });
  using swarm = await swarmVerbs(cluster.manager);
  const worker = cluster.node("worker-1");
  const create = async (name: string, terminal: boolean) => {
    const folder = await Deno.makeTempDir({ dir: folders.path });
    return await LoggedService.create(swarm, name, { folder, terminal });
  };
  await using web = await create("web", false);
  await using term = await create("term", true);
  const services = [web, term];
  const lost = new Set<string>();
  const startAgain = async (node: SwarmNode) => {
    await node.start();
    for (const { name } of services) for (const line of await linesLostBy(node, name)) lost.add(line);
  };
  const allGoOn = async () => {
    for (const service of services) {
      await runningTasks(swarm, service.name, { count: 2 });
      await service.goesOn(["manager-1", "worker-1"]);
      deepEqual(faults(service.records, lost), []);
    }
  };
  await allGoOn();

  const steps: Readonly<Record<string, () => Promise<void>>> = {
    "a node hangs, and goes on": async () => {
      await worker.freeze();
      await cluster.until(worker, "down");
      worker.thaw();
    },
    "the process is killed, and another one goes on": async () => {
      for (const service of services) await service.replaceReader();
    },
    "a node's cable is pulled out": async () => {
      await worker.cut();
      await cluster.until(worker, "down");
      await worker.mend();
    },
    "all tasks are replaced": async () => {
      for (const service of services) await service.update();
    },
    "a node's engine is killed, and started again": async () => {
      await worker.kill();
      await startAgain(worker);
    },
    "the engine that gives out the log is killed, and started again": async () => {
      await cluster.manager.kill();
      await startAgain(cluster.manager);
    },
  };
  for (const [name, step] of Object.entries(steps)) {
    await t.step(name, async () => {
      await step();
      await cluster.until(worker, "ready");
      await allGoOn();
    });
  }

  await t.step("the service is removed: its last lines come", async () => {
    for (const service of services) {
      const running = await runningTasks(swarm, service.name, { count: 2 });
      await service.remove();
      deepEqual(faults(service.records, lost), []);
      const containers = [...numbersOf(service.records)];
      for (const { Status: { ContainerStatus } } of running) {
        const id = ContainerStatus?.ContainerID ?? "";
        equal(
          containers.find(([container]) => id.startsWith(container))?.[1].end.length,
          1,
          `the end of ${id}`,
        );
      }
      const onWorker = containers.filter(([, { from }]) => from.has(`${service.name}.worker-1@worker-1`));
      ok(onWorker.length >= 5, `${onWorker.length} containers of ${service.name} on the worker`);
    }
  });
});

/** Prints twenty lines of each stream, a hundred times a second, and rests. */
const COUNTING = `trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.01
[ $((i % 20)) = 0 ] && sleep 0.5; done`;

/** Fits the last line before a rest that has just begun: a process that is killed then has kept what it has written. */
function beginsRest(): (record: { readonly message: string; readonly timestamp: string }) => boolean {
  let last = "";
  return ({ message, timestamp }) => {
    const [, number = ""] = /^(?:out|err) (\d+)$/.exec(message) ?? [];
    const isSecond = number !== "" && number === last;
    last = number;
    return isSecond && Number(number) % 20 === 0 && Date.now() - Date.parse(timestamp) < 100;
  };
}

Deno.test("after kill -9 the next process goes on with the log where the killed one has left it", async () => {
  await using cluster = await SwarmCluster.start();
  await using service = await SwarmService.create({
    on: cluster.manager,
    script: COUNTING,
    swarm: { replicas: 1 },
  });
  const records: { readonly message: string; readonly source: string }[] = [];
  for (let round = 1; round <= 5; round++) {
    const killed = service.run();
    await service.ready();
    await killed.nextRecord(beginsRest());
    killed.signal("SIGKILL");
    records.push(...(await killed.exit()).records);
  }
  const last = service.run();
  await service.ready();
  await last.nextRecord(beginsRest());
  last.signal("SIGTERM");
  records.push(...(await last.exit()).records);
  equal(await service.inspect(), undefined, "the service is gone");
  for (const word of ["out", "err"]) {
    const numbers = records.flatMap(({ message }) => {
      const [, number] = new RegExp(`^${word} (\\d+)$`).exec(message) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
    ok(numbers.length > 100, `${numbers.length} lines`);
    const breaks = numbers.filter((number, index) => number !== (numbers[index - 1] ?? 0) + 1);
    deepEqual(breaks.map((number) => numbers.slice(numbers.indexOf(number) - 3).slice(0, 5)), [], word);
  }
});
