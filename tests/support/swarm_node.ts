/** A Docker Engine on a machine of its own: one node of a swarm. */
import { EngineApi } from "./engine_api.ts";
import { poll, within } from "./event_log.ts";
import { requireProgram } from "./debian_packages.ts";
import { Namespaces } from "./namespaces.ts";
import { hasEnded, spawnEngine, untilAnswers } from "./private_engine.ts";
import type { PrivateNetwork } from "./private_network.ts";
import { childrenOf, isStopped } from "./processes.ts";

const STOP_TIMEOUT_MS = 30_000;
const BRIDGE = "docker-own";
/** All machines have the same; none sees another's. */
const SETUP = [
  `ip link add ${BRIDGE} type bridge`,
  `ip addr add 172.31.0.1/24 dev ${BRIDGE}`,
  `ip link set ${BRIDGE} up`,
  // Else it would use the containerd of this machine where there is one.
  "mkdir -p /run/containerd",
  "mount -t tmpfs none /run/containerd",
];

export interface SwarmNodeOptions {
  /** Also its host name, e.g. `worker-1`. */
  readonly name: string;
  readonly address: string;
  readonly network: PrivateNetwork;
  /** A folder for the engine's files; whoever made it removes it when the node has been disposed of. */
  readonly dir: string;
  /** The control group in which the containers are; theirs is left when the engine is killed. */
  readonly cgroup: string;
}

export class SwarmNode implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly socketPath: string;
  readonly api: EngineApi;
  /** Its id in the swarm. */
  id = "";
  #engine: Deno.ChildProcess | undefined;

  private constructor(readonly options: SwarmNodeOptions, readonly machine: Namespaces) {
    this.name = options.name;
    this.address = options.address;
    this.socketPath = `${options.dir}/docker.sock`;
    this.api = new EngineApi(this.socketPath);
  }

  /** The machine, connected, with an engine that answers and is in no swarm. */
  static async create(options: SwarmNodeOptions): Promise<SwarmNode> {
    await using stack = new AsyncDisposableStack();
    const machine = stack.use(await Namespaces.create(options.name, SETUP));
    await options.network.connect(machine, `${options.address}/24`);
    const node = stack.use(new SwarmNode(options, machine));
    await Deno.mkdir(options.dir, { recursive: true });
    await node.start();
    stack.move();
    return node;
  }

  /** Starts the engine, for the first time or again; resolves when it answers. */
  async start(): Promise<void> {
    const { dir, cgroup, address } = this.options;
    this.#engine = await spawnEngine({
      dir,
      bridge: BRIDGE,
      by: [await requireProgram("nsenter"), ...this.machine.entrance],
      // Where systemd has the control groups, the engine would ask that of this machine for them.
      flags: [
        "--exec-opt=native.cgroupdriver=cgroupfs",
        `--cgroup-parent=${cgroup}`,
        `--insecure-registry=${address.replace(/\.\d+$/, ".0/24")}`,
      ],
    });
    await untilAnswers(this.#engine, dir);
  }

  /** The engine hangs, its containers go on; it returns by `thaw`. */
  async freeze(): Promise<void> {
    const { parent, dockerd } = this.#processes;
    Deno.kill(dockerd, "SIGSTOP");
    // nsenter(1) follows its child: it stops, and would hold back the end of that.
    await poll(
      STOP_TIMEOUT_MS,
      `the engine of ${this.name} stands still`,
      () => Promise.resolve(isStopped(dockerd) && isStopped(parent) ? true : undefined),
    );
  }

  thaw(): void {
    const { parent, dockerd } = this.#processes;
    Deno.kill(dockerd, "SIGCONT");
    Deno.kill(parent, "SIGCONT");
  }

  /** Kills the engine, frozen or not; its containers go on until it is started again. */
  async kill(): Promise<void> {
    const { parent, dockerd } = this.#processes;
    Deno.kill(dockerd, "SIGKILL");
    Deno.kill(parent, "SIGCONT");
    await this.#ended();
  }

  /** Ends the engine in order, which ends its containers. */
  async stop(): Promise<void> {
    Deno.kill(this.#processes.dockerd, "SIGTERM");
    await within(STOP_TIMEOUT_MS, `the end of the engine of ${this.name}`, this.#ended());
  }

  /** Pulls out its cable to the others. */
  cut(): Promise<void> {
    return this.options.network.cut(this.machine);
  }

  mend(): Promise<void> {
    return this.options.network.mend(this.machine);
  }

  async #ended(): Promise<void> {
    await this.#engine?.status;
    this.#engine = undefined;
  }

  /** The numbers, out here, of dockerd and of nsenter(1), which has started it. */
  get #processes(): { readonly parent: number; readonly dockerd: number } {
    const parent = this.#engine?.pid;
    const dockerd = parent === undefined ? undefined : childrenOf(parent)[0];
    if (parent === undefined || dockerd === undefined) {
      throw new Error(`Cannot find the engine of ${this.name}: it has ended`);
    }
    return { parent, dockerd };
  }

  /** Kills the engine and its containers. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Frozen, it would not see to its child, without whose end that of the machine does not come.
    if (this.#engine !== undefined && !await hasEnded(this.#engine)) this.#engine.kill("SIGKILL");
    await this.machine[Symbol.asyncDispose]();
    await this.#ended();
  }
}
