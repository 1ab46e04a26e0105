/**
 * Two hosts that are a swarm: a manager and a worker. They are apart from the hosts of the other tests, which have no
 * network, and whose engines are restarted with settings that a swarm does not allow.
 */
import { hostsOf, LABELS } from "../../support/e2e_hosts.ts";
import type { EngineApi } from "../../support/engine_api.ts";
import { freeSubnet } from "../../support/private_bridge.ts";
import { testEngine } from "../../support/test_engine.ts";
import type { Debian } from "./debian_root.ts";
import { installAsReadmeSays } from "./readme_install.ts";
import { boot, runOfHosts } from "./running_host.ts";
import { SwarmHost } from "./swarm_host.ts";
import { isLeftOut } from "./test_on_hosts.ts";

export interface SwarmHosts {
  readonly manager: SwarmHost;
  readonly worker: SwarmHost;
}

const DEBIAN: Debian = "13";
const NAMES = ["swarm-manager", "swarm-worker"] as const;
/** A node counts as down when it has been silent for three of them, about. */
const HEARTBEAT = "1s";

/**
 * Registers a test on the two hosts, which are booted once for all such tests of a run. A test leaves them switched on,
 * in their swarm, and without services.
 */
export function testOnSwarm(name: string, run: (hosts: SwarmHosts) => Promise<void>): void {
  Deno.test({ name, ignore: isLeftOut(DEBIAN), fn: async () => await run(await swarmHosts(testEngine())) });
}

async function swarmHosts(engine: EngineApi): Promise<SwarmHosts> {
  const present = await findHosts(engine);
  if (present !== undefined) return await switchedOn(present);
  await bootHosts(engine);
  const hosts = await findHosts(engine);
  if (hosts === undefined) throw new Error("Cannot find the hosts of the swarm that were booted");
  await formSwarm(hosts);
  return hosts;
}

/** A test that has failed may have left one switched off. */
async function switchedOn(hosts: SwarmHosts): Promise<SwarmHosts> {
  for (const host of [hosts.manager, hosts.worker]) if (!await host.isOn()) await host.powerOn();
  return hosts;
}

/** Those that another module of tests has booted. */
async function findHosts(engine: EngineApi): Promise<SwarmHosts | undefined> {
  const all = await hostsOf(engine, runOfHosts());
  const [manager, worker] = NAMES.map((hostname) => {
    const found = all.find(({ Labels }) => Labels[LABELS.debian] === hostname);
    return found && new SwarmHost({
      debian: DEBIAN,
      exchange: found.Labels[LABELS.exchange] ?? "",
      hostname,
      address: found.Labels[LABELS.address] ?? "",
      container: engine.docker.getContainer(found.Id),
    });
  });
  return manager && worker && { manager, worker };
}

/** With the program on them. */
async function bootHosts(engine: EngineApi): Promise<void> {
  const run = runOfHosts();
  const subnet = freeSubnet(await Deno.readTextFile("/proc/net/route"));
  const network = `service_runner-e2e-${run}`;
  await engine.docker.createNetwork({
    Name: network,
    // Nobody but the two.
    Internal: true,
    IPAM: { Config: [{ Subnet: `${subnet}.0/24` }] },
    Labels: { [LABELS.run]: run },
  });
  await Promise.all(NAMES.map(async (name, index) => {
    const at = { name: network, address: `${subnet}.${index + 11}` };
    const host = await boot({ debian: DEBIAN, engine, run, name, hostname: name, network: at });
    await installAsReadmeSays(host);
  }));
}

async function formSwarm({ manager, worker }: SwarmHosts): Promise<void> {
  const at = ({ address }: SwarmHost) => ["--advertise-addr", address, "--listen-addr", `${address}:2377`];
  await manager.docker("swarm", "init", ...at(manager), "--dispatcher-heartbeat", HEARTBEAT);
  const token = await manager.docker("swarm", "join-token", "--quiet", "worker");
  await worker.docker("swarm", "join", ...at(worker), "--token", token, `${manager.address}:2377`);
}
