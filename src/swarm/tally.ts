/**
 * How many tasks of a service run. Only those on nodes that are `ready` count: what is on a node that is away still says
 * `running`, and nobody knows.
 * In: what a look has seen. Out: numbers, and one task for each place where one is wanted.
 */
import { type Task, TASK_STATES, type TaskState } from "../engine/swarm_types.ts";
import type { ServiceState } from "./service_state.ts";

export interface Tally {
  /** How many are wanted. */
  readonly wanted: number;
  /** How many run, whatever spec they were made by. */
  readonly running: number;
  /** How many of these were made by the present spec. */
  readonly renewed: number;
  /** On how many nodes those that run are. */
  readonly nodes: number;
  /** How many say that they run, on a node of which that is not known. */
  readonly unconfirmed: number;
  /** One task for each place: the one that counts for it. Sorted by slot, or by node. */
  readonly places: readonly Task[];
}

export function tally(state: ServiceState): Tally {
  const places = placesOf(state, () => true);
  const renewed = placesOf(state, ({ ID }) => state.upToDate.has(ID));
  const running = places.filter((task) => runs(state, task));
  return {
    wanted: wantedCount(state, renewed),
    running: running.length,
    renewed: renewed.filter((task) => runs(state, task)).length,
    nodes: new Set(running.map(({ NodeID }) => NodeID)).size,
    unconfirmed: places.filter((task) => saysRunning(task) && isUncertain(state, task)).length,
    places: renewed.length === 0 ? places : renewed,
  };
}

/** As the Docker CLI picks it: the lowest desired state, then the lowest state, so that what is to come counts. */
function placesOf(state: ServiceState, isMeant: (task: Task) => boolean): Task[] {
  const chosen = new Map<string, Task>();
  for (const task of state.tasks) {
    if (!isMeant(task)) continue;
    if (task.Slot === undefined && isDown(state, task)) continue;
    const place = String(task.Slot ?? task.NodeID);
    const before = chosen.get(place);
    if (before === undefined || counts(task, before)) chosen.set(place, task);
  }
  return [...chosen.entries()].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([, task]) => task);
}

/** Whether this one stands for the place in which `other` is too. */
function counts(task: Task, other: Task): boolean {
  const byDesire = rank(task.DesiredState) - rank(other.DesiredState);
  if (byDesire !== 0) return byDesire < 0;
  const byState = rank(task.Status.State) - rank(other.Status.State);
  return byState === 0 ? task.CreatedAt > other.CreatedAt : byState < 0;
}

function rank(state: TaskState): number {
  return TASK_STATES.indexOf(state);
}

function wantedCount({ service }: ServiceState, renewed: readonly Task[]): number {
  const { Mode } = service.Spec;
  if ("Replicated" in Mode) return Mode.Replicated.Replicas;
  // The swarm makes one for each node that meets the constraints; which those are, only its tasks tell.
  const count = renewed.filter(({ DesiredState }) => rank(DesiredState) <= rank("running")).length;
  // Where none does, the service is as good as down.
  return Math.max(1, count);
}

/** Whether it really runs, as far as the swarm can know. */
export function runs({ nodes }: ServiceState, task: Task): boolean {
  return saysRunning(task) && nodes.get(task.NodeID ?? "")?.Status.State === "ready";
}

/** By itself: one that the swarm has ended is `shutdown`, one whose node is gone for good `orphaned`. */
export function hasEndedUnasked({ Status: { State } }: Task): boolean {
  return State === "complete" || State === "failed" || State === "rejected";
}

function saysRunning({ Status, DesiredState }: Task): boolean {
  return Status.State === "running" && DesiredState === "running";
}

function isUncertain({ nodes }: ServiceState, { NodeID }: Task): boolean {
  const state = nodes.get(NodeID ?? "")?.Status.State;
  return state === "unknown" || state === "disconnected";
}

function isDown({ nodes }: ServiceState, { NodeID }: Task): boolean {
  return nodes.get(NodeID ?? "")?.Status.State === "down";
}
