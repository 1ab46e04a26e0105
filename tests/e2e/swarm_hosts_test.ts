/** The test bed itself: two hosts that are a swarm, and what becomes of a service when one of them goes down. */
import { equal, match, notEqual } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { IDLE } from "./support/service_unit.ts";
import type { SwarmHost } from "./support/swarm_host.ts";
import { testOnSwarm } from "./support/swarm_hosts.ts";

const PATIENCE_MS = 120_000;

testOnSwarm(
  "a service runs on both hosts of a swarm, and does so again after each way to go down",
  async (hosts) => {
    const { manager, worker } = hosts;
    const both = [manager, worker];
    for (const host of both) match(await host.run("service_runner", "--version"), /^service_runner /);
    await using web = await GlobalService.create(manager, INNER_IMAGES.base);
    await web.untilRunsOn(both);

    const started = await startOf(worker);
    await worker.reboot();
    await web.untilRunsOn(both);
    notEqual(await startOf(worker), started);

    await worker.losePower();
    await web.untilRunsOn([manager]);
    await worker.powerOn();
    await web.untilRunsOn(both);

    await manager.powerOff();
    equal(await manager.isOn(), false);
    equal(await web.hasTaskOn(worker), true);
    await manager.powerOn();
    await web.untilRunsOn(both);
  },
);

testOnSwarm("both hosts pull an image that only a registry has", async ({ manager, worker }) => {
  await using registry = await HostRegistry.open(manager);
  await using _same = await HostRegistry.open(worker, { port: registry.port });
  await using web = await GlobalService.create(manager, await registry.pushNewImage());
  await web.untilRunsOn([manager, worker]);
});

/** When its systemd began to run. */
async function startOf(host: SwarmHost): Promise<string> {
  return await host.systemctl("show", "--property=UserspaceTimestamp");
}

/** A service with a task on each node, made with the Docker CLI; gone from both hosts at the end of the scope. */
class GlobalService implements AsyncDisposable {
  readonly #seen = new Set<SwarmHost>();

  private constructor(readonly manager: SwarmHost, readonly name: string) {}

  static async create(manager: SwarmHost, image: string): Promise<GlobalService> {
    const name = `web-${crypto.randomUUID().slice(0, 8)}`;
    const options = ["--name", name, "--mode", "global", "--restart-delay", "100ms", "--detach"];
    await manager.docker("service", "create", ...options, image, "sh", "-c", IDLE);
    return new GlobalService(manager, name);
  }

  /** Settles when, as the swarm says, a task runs on exactly these, which are ready. */
  async untilRunsOn(hosts: readonly SwarmHost[]): Promise<void> {
    for (const host of hosts) this.#seen.add(host);
    const wanted = hosts.map(({ hostname }) => hostname).sort().join();
    await poll(PATIENCE_MS, `tasks on ${wanted}`, async () => {
      const nodes = await this.#list("node", "ls", "--format={{.Hostname}} {{.Status}}");
      const format = "--format={{.Node}} {{.CurrentState}}";
      const tasks = await this.#list("service", "ps", this.name, "--filter=desired-state=running", format);
      const ready = nodes.filter(([, status]) => status === "Ready").map(([node]) => node);
      const running = tasks.filter(([node, state]) => state === "Running" && ready.includes(node));
      return running.map(([node]) => node).sort().join() === wanted ? true : undefined;
    });
  }

  /** As the host's own engine says. */
  async hasTaskOn(host: SwarmHost): Promise<boolean> {
    const label = `label=com.docker.swarm.service.name=${this.name}`;
    return await host.docker("ps", "--quiet", "--filter", label) !== "";
  }

  /** The words of each line; none while a manager that has just booted has no leader. */
  async #list(...args: readonly string[]): Promise<string[][]> {
    const { code, stdout } = await this.manager.attempt("docker", ...args);
    return code === 0 ? stdout.split("\n").map((line) => line.split(" ")) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.docker("service", "rm", this.name);
    await poll(PATIENCE_MS, `the end of ${this.name}`, async () => {
      const left = await Promise.all([...this.#seen].map((host) => this.hasTaskOn(host)));
      return left.includes(true) ? undefined : true;
    });
  }
}
