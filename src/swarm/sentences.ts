/** A service's tasks in a few words, for STATUS= and the log. */
import type { Task, TaskState } from "../engine/swarm_types.ts";
import { hostName, nameOf, type ServiceState } from "./service_state.ts";
import { runs, type Tally } from "./tally.ts";

/** What a task is about before it runs. */
const DOING: Partial<Record<TaskState, string>> = {
  new: "not yet on a node",
  allocated: "not yet on a node",
  pending: "not yet on a node",
  assigned: "assigned",
  accepted: "assigned",
  preparing: "pulling",
  ready: "ready to start",
  starting: "starting",
};

const REASON_LENGTH = 200;
export const NO_NODE = "no node that is active meets the constraints";

/** e.g. `1 of 3 tasks run`; where nobody knows of some, `1 of 3 tasks confirmed`. */
export function tasksRunning(counted: Tally): string {
  const { running, wanted, unconfirmed } = counted;
  if (unconfirmed === 0) return tasksRun(counted, running);
  return `${running} of ${wanted} ${wanted === 1 ? "task" : "tasks"} confirmed`;
}

/** e.g. `1 of 3 tasks run`; `count`: those that run now. */
export function tasksRun({ wanted }: Pick<Tally, "wanted">, count: number): string {
  return wanted === 1 ? `${count} of 1 task runs` : `${count} of ${wanted} tasks run`;
}

/** e.g. `1 of 3 tasks run; web.2 on node-b: pulling` */
export function progressOf(state: ServiceState, counted: Tally): string {
  const waiting = counted.places.find((task) => !runs(state, task));
  const head = tasksRun(counted, counted.renewed);
  if (counted.places.length === 0 && "Global" in state.service.Spec.Mode) return `${head}; ${NO_NODE}`;
  return waiting === undefined ? head : `${head}; ${whereAndWhat(state, waiting)}`;
}

/** e.g. `web.2 on node-b: pulling`, `web.3: no suitable node (insufficient resources on 3 nodes)` */
export function whereAndWhat(state: ServiceState, task: Task): string {
  const place = task.NodeID === undefined || task.Slot === undefined
    ? ""
    : ` on ${hostName(state.nodes, task.NodeID)}`;
  return `${nameOf(state, task)}${place}: ${conditionOf(state, task)}`;
}

function conditionOf(state: ServiceState, { Status, NodeID }: Task): string {
  if (Status.Err) return reasonOf(Status.Err);
  const node = state.nodes.get(NodeID ?? "");
  if (node !== undefined && node.Status.State !== "ready") return `the node is ${node.Status.State}`;
  if (Status.State === "starting" && Status.Message && Status.Message !== "starting") return Status.Message;
  return DOING[Status.State] ?? Status.State;
}

/** Nodes on which tasks ran, as far as is known, e.g. `node-b is down`; undefined if all are there. */
export function nodesAway({ tasks, nodes }: ServiceState): string | undefined {
  const ids = new Set(tasks.filter(({ Status }) => Status.State === "running").map(({ NodeID }) => NodeID));
  const away = [...nodes.values()].filter(({ ID, Status }) => ids.has(ID) && Status.State !== "ready");
  return away.length === 0
    ? undefined
    : away.map(({ ID, Status }) => `${hostName(nodes, ID)} is ${Status.State}`).join(", ");
}

/** How a task has ended, e.g. `exit code 1`, `no such image`. */
export function endOf({ Status: { State, Err, ContainerStatus } }: Task): string {
  const code = ContainerStatus?.ExitCode;
  // The engine's own words say no more than the code: `task: non-zero exit (1)`.
  if (Err !== undefined && !/^task: non-zero exit/.test(Err)) return reasonOf(Err);
  return code === undefined ? State : `exit code ${code}`;
}

function reasonOf(text: string): string {
  return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}…` : text;
}

/** e.g. `3 of 3 tasks on 2 nodes` */
export function tasksOnNodes({ running, wanted, nodes, unconfirmed }: Tally): string {
  const where = running === 0 ? "" : ` on ${nodes} ${nodes === 1 ? "node" : "nodes"}`;
  const uncertain = unconfirmed === 0 ? "" : ` (${unconfirmed} not confirmed)`;
  return `${running} of ${wanted} ${wanted === 1 ? "task" : "tasks"}${where}${uncertain}`;
}
