/**
 * Waiting until a service runs as its spec has it, as `docker service create` and `docker service update` wait.
 * In: a service that has just been created, adopted or updated. Out: it does, or why not.
 */
import { pause } from "../host/pause.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { endOf, progressOf, whereAndWhat } from "./sentences.ts";
import { takenBy } from "./ownership.ts";
import { hostName, nameOf, type ServiceState } from "./service_state.ts";
import type { ServiceWatch } from "./service_watch.ts";
import { Silence } from "./silence.ts";
import type { SwarmContext } from "./swarm_context.ts";
import { hasEndedUnasked, runs, type Tally, tally } from "./tally.ts";

/** How the service stands when it is not to be waited for any more. */
export type Departure =
  /** Somebody has removed it. */
  | { readonly kind: "gone" }
  /** This engine is no manager any more. */
  | { readonly kind: "no_manager"; readonly reason: string }
  /** Another node has taken it over. */
  | { readonly kind: "taken"; readonly by: string };

export type Convergence =
  | Departure
  | { readonly kind: "converged"; readonly state: ServiceState }
  /** The swarm has gone back to the spec before, or tried to. */
  | { readonly kind: "rolled_back"; readonly reason: string; readonly isWhole: boolean }
  | { readonly kind: "late"; readonly reason: string };

export interface ConvergeOptions {
  readonly nodeId: string;
  /** For so long all tasks have to run without a break. */
  readonly monitorMs: number;
  readonly timeoutMs: number;
  /** Whether tasks are being replaced by others. */
  readonly isUpdate: boolean;
}

const POLL_INTERVAL_MS = 1000;
/** However soon the monitoring time is over. */
const LEAST_WAIT_MS = 50;

/** @throws SwarmUnreachableError, EngineUnreachableError after three minutes; the signal's reason */
export async function converge(
  watch: ServiceWatch,
  { nodeId, monitorMs, timeoutMs, isUpdate }: ConvergeOptions,
  context: SwarmContext,
): Promise<Convergence> {
  const { notifier, stop } = context;
  const giveUpAtMs = performance.now() + timeoutMs;
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  const silence = new Silence(context);
  let completeSinceMs: number | undefined;
  let last: Tally | undefined;
  let shown = "";
  for (;;) {
    const look = await watch.look(stop);
    if (look.kind === "silent") {
      silence.note(look, last);
      completeSinceMs = undefined;
      await pause(POLL_INTERVAL_MS, stop);
      continue;
    }
    silence.end();
    if (look.kind !== "seen") return look;
    const { state } = look;
    const by = takenBy(state, nodeId);
    if (by !== undefined) return { kind: "taken", by };
    const counted = last = tally(state);
    const nowMs = performance.now();
    const verdict = isUpdate ? verdictOf(state) : undefined;
    if (verdict !== undefined && verdict !== "under way") return verdict;
    const isComplete = verdict === undefined && counted.renewed >= counted.wanted;
    completeSinceMs = isComplete ? completeSinceMs ?? nowMs : undefined;
    if (completeSinceMs !== undefined && nowMs - completeSinceMs >= monitorMs) {
      return { kind: "converged", state };
    }
    if (nowMs >= giveUpAtMs) return { kind: "late", reason: progressOf(state, counted) };
    const status = statusOf(state, counted, isUpdate);
    if (status !== shown) notifier.send({ status });
    shown = status;
    const dueMs = completeSinceMs === undefined ? Infinity : completeSinceMs + monitorMs - nowMs;
    await watch.wait(Math.max(LEAST_WAIT_MS, Math.min(POLL_INTERVAL_MS, dueMs, giveUpAtMs - nowMs)), stop);
  }
}

/** What the swarm says of an update; undefined where it says nothing, as no task had to be replaced. */
function verdictOf(state: ServiceState): Convergence | "under way" | undefined {
  switch (state.service.UpdateStatus?.State) {
    case "completed":
      return { kind: "converged", state };
    case "paused":
    case "rollback_paused":
      return { kind: "rolled_back", reason: whyNot(state), isWhole: false };
    case "rollback_completed":
      return { kind: "rolled_back", reason: whyNot(state), isWhole: true };
    case "updating":
    case "rollback_started":
      return "under way";
  }
}

/** e.g. `Updating: 1 of 3 tasks are new; web.2 on node-b: pulling` */
function statusOf(state: ServiceState, counted: Tally, isUpdate: boolean): string {
  if (!isUpdate) return progressOf(state, counted);
  const { renewed, wanted } = counted;
  const isBack = state.service.UpdateStatus?.State === "rollback_started";
  const waiting = counted.places.find((task) => !runs(state, task));
  const more = waiting === undefined ? "" : `; ${whereAndWhat(state, waiting)}`;
  const are = wanted === 1 ? "task is" : "tasks are";
  const what = isBack ? "as before" : "new";
  return `${isBack ? "Rolling back" : "Updating"}: ${renewed} of ${wanted} ${are} ${what}${more}`;
}

/** The task that failed last says more than the swarm, e.g. `web.2 failed: exit code 1 on node-b`. */
function whyNot(state: ServiceState): string {
  const { StartedAt = "", Message = "the swarm does not say why" } = state.service.UpdateStatus ?? {};
  const failed = state.tasks.filter((task) => hasEndedUnasked(task) && task.CreatedAt >= StartedAt)
    .toSorted((a, b) => b.Status.Timestamp.localeCompare(a.Status.Timestamp))[0];
  if (failed === undefined) return Message;
  const on = failed.NodeID === undefined ? "" : ` on ${hostName(state.nodes, failed.NodeID)}`;
  return `${nameOf(state, failed)} failed: ${endOf(failed)}${on}`;
}
