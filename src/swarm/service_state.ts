/** What a look at a Swarm service has seen, all at one time: the service, its tasks, the nodes that they are on. */
import type { Node, Service, Task } from "../engine/swarm_types.ts";
import { nodeName, taskName } from "./task_name.ts";

export interface ServiceState {
  readonly service: Service;
  /** Those that have ended included, as many as the swarm keeps of them. */
  readonly tasks: readonly Task[];
  /** The ids of the tasks that are made by the service's present spec. */
  readonly upToDate: ReadonlySet<string>;
  /** By their ids. */
  readonly nodes: ReadonlyMap<string, Node>;
}

/** e.g. `web.2`, see `task_name.ts` */
export function nameOf({ service, nodes }: Pick<ServiceState, "service" | "nodes">, task: Task): string {
  return taskName(service.Spec.Name, task, nodes.get(task.NodeID ?? ""));
}

/** The node's host name; its id where the swarm does not know it any more. */
export function hostName(nodes: ServiceState["nodes"], id: string | undefined): string {
  return nodeName(id, nodes.get(id ?? ""));
}
