/** What a task is called where people read of it. */
import type { Node, Task } from "../engine/swarm_types.ts";

/** `web.2` by its slot; where the service runs once on every node `web.node-b`, by the node's name. */
export function taskName(service: string, task: Task, node: Node | undefined): string {
  return `${service}.${task.Slot ?? nodeName(task.NodeID, node)}`;
}

/** The node's host name; its id where that is not known. */
export function nodeName(id: string | undefined, node: Node | undefined): string {
  return node?.Description.Hostname || id || "no node";
}
