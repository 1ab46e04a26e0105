/**
 * A swarm of real engines, each on a machine of its own in namespaces of this one, connected by cables that can be
 * pulled out: `await using cluster = await SwarmCluster.start({ managers: 1, workers: 1 })`.
 * The engines have the image TEST_IMAGES.base, all of them under the same id, and reach no registry. Where the kernel
 * has no IPVS, ports published with the mode `ingress`, and services' virtual addresses, answer nothing.
 */
import { removeControlGroup } from "./control_groups.ts";
import { ensurePrograms } from "./debian_packages.ts";
import { poll } from "./event_log.ts";
import { BASE_IMAGE, buildImage } from "./images.ts";
import { ENGINE_PROGRAMS } from "./private_engine.ts";
import { PrivateNetwork } from "./private_network.ts";
import { SwarmNode } from "./swarm_node.ts";
import { tempDir } from "./temp_dir.ts";
import { TEST_IMAGES } from "./test_engine.ts";

export interface ClusterOptions {
  /** 1 unless given; 2 have no quorum without each other, 3 can spare one. */
  readonly managers?: number;
  readonly workers?: number;
  /** A node counts as down when it has been silent for three of them, about. */
  readonly heartbeatMs?: number;
}

/** What the API says of a node, as far as tests ask. */
export interface NodeSays {
  readonly Version: { readonly Index: number };
  readonly Spec: NodeSettings;
  readonly Status: { readonly State: "unknown" | "down" | "ready" | "disconnected" };
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability: string };
}

export interface NodeSettings {
  readonly Availability?: "active" | "pause" | "drain";
  readonly Role?: "manager" | "worker";
  readonly Labels?: Readonly<Record<string, string>>;
}

/** No network of this machine: these are seen by the nodes only. */
const SUBNET = "192.168.77";
const CHANGE_TIMEOUT_MS = 60_000;
const NANOS_PER_MS = 1_000_000;

export class SwarmCluster implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack();

  private constructor(readonly nodes: readonly SwarmNode[]) {}

  /** Resolves when all nodes are ready. */
  static async start(
    { managers = 1, workers = 0, heartbeatMs = 1_000 }: ClusterOptions = {},
  ): Promise<SwarmCluster> {
    await ensurePrograms(ENGINE_PROGRAMS);
    await using stack = new AsyncDisposableStack();
    const names = [...numbered("manager", managers), ...numbered("worker", workers)];
    const nodes = await startNodes(names, stack);
    const [first, ...others] = nodes as [SwarmNode, ...SwarmNode[]];
    await buildImage(first.api, TEST_IMAGES.base, BASE_IMAGE);
    await first.api.ask("/swarm/init", {
      method: "POST",
      json: {
        ...addresses(first),
        Spec: { Dispatcher: { HeartbeatPeriod: heartbeatMs * NANOS_PER_MS } },
      },
    });
    const { JoinTokens } = JSON.parse(await first.api.ask("/swarm"));
    // One after the other: the managers agree on each new one among them.
    for (const [index, node] of others.entries()) {
      await join(node, index + 1 < managers ? JoinTokens.Manager : JoinTokens.Worker, first);
      await first.api.copyImage(TEST_IMAGES.base, node.api);
    }
    for (const node of nodes) node.id = JSON.parse(await node.api.ask("/info")).Swarm.NodeID;
    const cluster = new SwarmCluster(nodes);
    for (const node of nodes) await cluster.until(node, "ready");
    cluster.#owned.use(stack.move());
    return cluster;
  }

  /** That of all containers; each node's is in it. */
  get controlGroup(): string {
    return this.manager.options.cgroup.replace(/\/[^/]*$/, "");
  }

  /** The first one: the leader, as long as it has not been away. */
  get manager(): SwarmNode {
    return this.nodes[0]!;
  }

  /** e.g. `worker-1` */
  node(name: string): SwarmNode {
    const node = this.nodes.find((node) => node.name === name);
    if (node === undefined) throw new Error(`Cannot find the node "${name}" in this cluster`);
    return node;
  }

  /** `by`: the manager that is asked, here and below. */
  async says(node: SwarmNode, by = this.manager): Promise<NodeSays> {
    return JSON.parse(await by.api.ask(`/nodes/${node.id}`));
  }

  /** The one that leads, as far as a manager knows; undefined where it is told that there is none. */
  async leader(by = this.manager): Promise<SwarmNode | undefined> {
    const all: { ID: string; ManagerStatus?: { Leader?: boolean } }[] | undefined = await by.api.ask("/nodes")
      .then(JSON.parse, () => undefined);
    const id = all?.find(({ ManagerStatus }) => ManagerStatus?.Leader)?.ID;
    return this.nodes.find((node) => node.id === id);
  }

  /** Resolves when the manager says so of the node; one that has just started says for a while what it knew before. */
  async until(node: SwarmNode, state: NodeSays["Status"]["State"], by = this.manager): Promise<void> {
    await poll(CHANGE_TIMEOUT_MS, `until ${node.name} is ${state}`, async () => {
      // A manager that lacks its leader for a moment refuses.
      const says = await this.says(node, by).catch(() => undefined);
      return says?.Status.State === state ? true : undefined;
    });
  }

  /** Changes what is given: drains a node, makes it a worker, labels it. */
  async change(node: SwarmNode, settings: NodeSettings, by = this.manager): Promise<void> {
    await poll(CHANGE_TIMEOUT_MS, `the change of ${node.name}`, async () => {
      const { Version, Spec } = await this.says(node, by);
      const path = `/nodes/${node.id}/update?version=${Version.Index}`;
      try {
        await by.api.ask(path, { method: "POST", json: { ...Spec, ...settings } });
        return true;
      } catch (error) {
        // The node itself, too, tells news of it all the time.
        if (!/out of sequence/.test((error as Error).message)) throw error;
      }
    });
  }

  /** Makes a worker of a manager; resolves when it is one. */
  async demote(node: SwarmNode, by = this.manager): Promise<void> {
    await this.change(node, { Role: "worker" }, by);
    await poll(CHANGE_TIMEOUT_MS, `the demotion of ${node.name}`, async () => {
      const { Swarm } = JSON.parse(await node.api.ask("/info"));
      return Swarm.LocalNodeState === "active" && !Swarm.ControlAvailable ? true : undefined;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** Whatever has been started ends with the stack, also when one of them fails. */
async function startNodes(names: readonly string[], stack: AsyncDisposableStack): Promise<SwarmNode[]> {
  // A short name: paths of sockets in it may have no more than 104 characters.
  const dir = stack.use(await tempDir("sr-swarm-"));
  const cgroup = dir.path.slice(dir.path.lastIndexOf("/"));
  stack.defer(() => removeControlGroup(cgroup));
  const network = stack.use(await PrivateNetwork.create());
  const starting = names.map((name, index) =>
    SwarmNode.create({
      name,
      address: `${SUBNET}.${index + 1}`,
      network,
      dir: `${dir.path}/${name}`,
      cgroup: `${cgroup}/${name}`,
    })
  );
  const started = await Promise.allSettled(starting);
  for (const one of started) if (one.status === "fulfilled") stack.use(one.value);
  return await Promise.all(starting);
}

async function join(node: SwarmNode, token: string, manager: SwarmNode): Promise<void> {
  const json = { ...addresses(node), RemoteAddrs: [`${manager.address}:2377`], JoinToken: token };
  await node.api.ask("/swarm/join", { method: "POST", json });
}

function addresses({ address }: SwarmNode) {
  return { ListenAddr: `${address}:2377`, AdvertiseAddr: address };
}

/** `worker`, 2 → `worker-1`, `worker-2` */
function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}
