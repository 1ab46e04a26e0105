/** A service, its tasks and nodes as the engine answers them, with what a test cares about filled in. */
import type { Node, Service, ServiceSpec, Task, TaskState } from "../../src/engine/swarm_types.ts";
import type { ServiceState } from "../../src/swarm/service_state.ts";

const POLICY = { Parallelism: 1 };

export function spec(replicas: number | "global", more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    Name: "web",
    Labels: {},
    TaskTemplate: { ContainerSpec: { Image: "busybox" } },
    Mode: replicas === "global" ? { Global: {} } : { Replicated: { Replicas: replicas } },
    UpdateConfig: POLICY,
    RollbackConfig: POLICY,
    ...more,
  };
}

export function service(wanted: ServiceSpec, more: Partial<Service> = {}): Service {
  return { ID: "service1", Version: { Index: 1 }, CreatedAt: "2026-01-01T00:00:00Z", Spec: wanted, ...more };
}

/** `id`: its host name too. */
export function node(id: string, state: Node["Status"]["State"] = "ready"): Node {
  return { ID: id, Description: { Hostname: id }, Spec: {}, Status: { State: state }, ManagerStatus: {} };
}

let count = 0;

export interface PlayedTask {
  readonly slot?: number;
  readonly on?: string;
  readonly state: TaskState;
  readonly desired?: TaskState;
  readonly isOld?: boolean;
  readonly error?: string;
  readonly exitCode?: number;
  readonly message?: string;
}

/** What a look sees; tasks are up to date unless they are old. */
export function seen(
  wanted: ServiceSpec,
  tasks: readonly PlayedTask[],
  nodes: readonly Node[] = [node("node-a"), node("node-b")],
): ServiceState {
  const played = tasks.map(({ slot, on, state, desired = "running", error, exitCode, message }): Task => ({
    ID: `task${++count}`,
    Version: { Index: count },
    CreatedAt: `2026-01-01T00:00:00.${String(count).padStart(9, "0")}Z`,
    ServiceID: "service1",
    Spec: wanted.TaskTemplate,
    DesiredState: desired,
    ...(slot !== undefined && { Slot: slot }),
    ...(on !== undefined && { NodeID: on }),
    Status: {
      Timestamp: "2026-01-01T00:00:00Z",
      State: state,
      ...(error !== undefined && { Err: error }),
      ...(message !== undefined && { Message: message }),
      ...(exitCode !== undefined && { ContainerStatus: { ExitCode: exitCode } }),
    },
  }));
  return {
    service: service(wanted),
    tasks: played,
    upToDate: new Set(played.filter((_, index) => !tasks[index]!.isOld).map(({ ID }) => ID)),
    nodes: new Map(nodes.map((each) => [each.ID, each])),
  };
}
