/** The program's own verbs on a node of a cluster, and small services to use them on. */
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import type { SwarmEngine } from "../../src/engine/swarm_engine.ts";
import type { ServiceSpec, Task } from "../../src/engine/swarm_types.ts";
import { poll } from "./event_log.ts";
import { TEST_IMAGES } from "./test_engine.ts";
import type { SwarmNode } from "./swarm_node.ts";

const PATIENCE_MS = 60_000;
const NANOS_PER_MS = 1_000_000;

/** Never aborted. */
export const PATIENT = new AbortController().signal;

/** The verbs of this node's engine, at the version that is agreed on; `using` closes the connections. */
export async function swarmVerbs(node: SwarmNode): Promise<SwarmEngine & Disposable> {
  const transport = unixTransport(node.socketPath);
  const engine = new DockerEngine(node.socketPath, transport.send);
  await engine.negotiate(PATIENT);
  return Object.assign(await engine.swarm(), { [Symbol.dispose]: () => transport[Symbol.dispose]() });
}

/** A service whose tasks run this script of busybox's shell. */
export function scriptService(
  name: string,
  script: string,
  { replicas = 1, env = [], labels = {} }: {
    readonly replicas?: number | "global";
    readonly env?: string[];
    readonly labels?: Record<string, string>;
  } = {},
): ServiceSpec {
  const policy = { Parallelism: 0, Monitor: 100 * NANOS_PER_MS };
  return {
    Name: name,
    Labels: labels,
    TaskTemplate: { ContainerSpec: { Image: TEST_IMAGES.base, Command: ["sh", "-c", script], Env: env } },
    Mode: replicas === "global" ? { Global: {} } : { Replicated: { Replicas: replicas } },
    UpdateConfig: policy,
    RollbackConfig: policy,
  };
}

/** Runs until it is asked to stop. */
export const IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done";

/** The tasks of the service that run, as soon as there are so many of them that fit. */
export function runningTasks(
  swarm: SwarmEngine,
  service: string,
  { count = 1, fits = () => true }: { readonly count?: number; readonly fits?: (task: Task) => boolean } = {},
): Promise<Task[]> {
  return poll(PATIENCE_MS, `${count} running tasks of ${service}`, async () => {
    const tasks = await swarm.listTasks({ service, desiredState: ["running"] }, PATIENT);
    const running = tasks.filter((task) => task.Status.State === "running" && fits(task));
    return running.length === count ? running : undefined;
  });
}
