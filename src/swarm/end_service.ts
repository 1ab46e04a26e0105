/**
 * The end of a run that was asked for: the service goes with it, or stays, as `swarm.on_stop` has it. When the machine goes
 * down it stays in any case: its tasks run on other nodes, and the unit adopts it after the boot.
 */
import type { Task } from "../engine/swarm_types.ts";
import { EngineError } from "../errors.ts";
import { pause } from "../host/pause.ts";
import { runProgram } from "../host/run_program.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { own } from "./apply.ts";
import { isSwarmAway } from "./reach_swarm.ts";
import { CONFIG_LABEL, OWNER_LABEL, ownerOf } from "./service_labels.ts";
import { nodeName, type ServiceState } from "./service_state.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";

const POLL_INTERVAL_MS = 250;
const RETRY_INTERVAL_MS = 1000;
/** How long the swarm may refuse to remove it, e.g. for want of a leader. */
const REMOVAL_PATIENCE_MS = 60_000;
/** What nodes may take beyond the time that their containers have for stopping. */
const STOP_MARGIN_MS = 30_000;
const DEFAULT_GRACE_MS = 10_000;
const SYSTEMCTL_TIMEOUT_MS = 2_000;

export interface EndOptions {
  /** Not the run's own, which a stop has aborted already. */
  readonly signal: AbortSignal;
  /** Called when no container of the service is left, before the log is closed. */
  readonly onGone: () => Promise<void>;
}

/** @throws EngineError, EngineUnreachableError if the service can not be removed, or left as it is wanted */
export async function endService(
  wanted: WantedService,
  options: EndOptions,
  context: SwarmContext,
): Promise<void> {
  const { logger, notifier, host } = context;
  const { name } = wanted.plan;
  if (await isGoingDown(host)) {
    notifier.send({ status: "The machine goes down; the service stays in the swarm" });
    const message = `The machine goes down: the service ${name} stays in the swarm`;
    logger.log({ severity: "notice", source: "service", message });
    return;
  }
  await untilDone(
    async (signal) => {
      const service = await context.swarmEngine.inspectService(name, signal);
      // Another node, another config or a person has it, or nobody: it is not ours to end.
      if (service?.Spec.Labels[CONFIG_LABEL] !== wanted.loaded.file) return;
      const { NodeID } = await context.swarmEngine.swarmInfo(signal);
      if (ownerOf(service) !== NodeID) return;
      if (wanted.swarm.onStop === "keep") {
        await own(service, { [OWNER_LABEL]: "" }, context);
        logger.log({
          severity: "info",
          source: "service",
          message: `The service ${name} stays in the swarm`,
        });
        return;
      }
      await removeNow(service.ID, wanted, { ...options, signal }, context);
    },
    options.signal,
    context,
  );
}

/** Removes a service, whatever `swarm.on_stop` says. @throws as `endService` */
export async function removeService(
  id: string,
  wanted: WantedService,
  options: EndOptions,
  context: SwarmContext,
): Promise<void> {
  const remove = (signal: AbortSignal) => removeNow(id, wanted, { ...options, signal }, context);
  await untilDone(remove, options.signal, context);
}

async function removeNow(
  id: string,
  wanted: WantedService,
  options: EndOptions,
  context: SwarmContext,
): Promise<void> {
  context.notifier.send({ status: "Removing the service" });
  await context.swarmEngine.removeService(id, options.signal);
  await untilGone(id, wanted, options, context);
}

/** Tries again while the swarm is away, but not for ever: what is left then has to be known. */
async function untilDone(
  action: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  { notifier, logger }: SwarmContext,
): Promise<void> {
  const giveUpAtMs = performance.now() + REMOVAL_PATIENCE_MS;
  using _ = extendTimeout(notifier, { capMs: REMOVAL_PATIENCE_MS });
  for (let tries = 0;; tries++) {
    try {
      return await action(signal);
    } catch (error) {
      if (!isSwarmAway(error) || performance.now() >= giveUpAtMs) throw error;
      const message = `${(error as Error).message}; trying again`;
      if (tries === 0) logger.log({ severity: "warn", source: "docker", message });
      notifier.send({ status: message });
      await pause(RETRY_INTERVAL_MS, signal);
    }
  }
}

/** Until no container is left but on nodes that are away: these end theirs when they come back. */
async function untilGone(
  serviceId: string,
  wanted: WantedService,
  { signal, onGone }: EndOptions,
  { swarmEngine, notifier, logger }: SwarmContext,
): Promise<void> {
  const grace = wanted.plan.spec.TaskTemplate.ContainerSpec.StopGracePeriod;
  const timeoutMs = (grace === undefined ? DEFAULT_GRACE_MS : Number(grace) / 1e6) + STOP_MARGIN_MS;
  const giveUpAtMs = performance.now() + timeoutMs;
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  for (;;) {
    const left = (await swarmEngine.listTasks({ label: CONFIG_LABEL }, signal))
      .filter(({ ServiceID }) => ServiceID === serviceId);
    const nodes = left.length === 0
      ? new Map()
      : new Map((await swarmEngine.listNodes(signal)).map((node) => [node.ID, node]));
    const reachable = left.filter(({ NodeID }) => nodes.get(NodeID ?? "")?.Status.State === "ready");
    const isLate = performance.now() >= giveUpAtMs;
    if (reachable.length === 0 || isLate) {
      if (left.length > 0) {
        logger.log({ severity: "warn", source: "service", message: leftBehind(left, nodes) });
      }
      await onGone();
      if (isLate && reachable.length > 0) {
        throw new EngineError(
          "end all containers of the service",
          504,
          `${reachable.length} have not ended within ${timeoutMs / 1000} s`,
        );
      }
      return;
    }
    const containers = reachable.length === 1 ? "1 container" : `${reachable.length} containers`;
    notifier.send({ status: `Stopping: ${containers} left` });
    await pause(POLL_INTERVAL_MS, signal);
  }
}

/** e.g. `Left behind until their nodes are back: 1a2b3c4d5e6f on node-b (down)` */
function leftBehind(left: readonly Task[], nodes: ServiceState["nodes"]): string {
  const names = left.map(({ NodeID, Status }) => {
    const container = Status.ContainerStatus?.ContainerID?.slice(0, 12) || "a task";
    return `${container} on ${nodeName(nodes, NodeID)} (${
      nodes.get(NodeID ?? "")?.Status.State ?? "unknown"
    })`;
  });
  return `Left behind until their nodes end them: ${names.join(", ")}`;
}

/** Whether systemd is shutting the machine down; where there is none, it is not. */
async function isGoingDown(host: SwarmContext["host"]): Promise<boolean> {
  const argv = ["systemctl", "is-system-running"] as const;
  const { stdout } = await runProgram({ argv: [...argv], timeoutMs: SYSTEMCTL_TIMEOUT_MS }, host);
  return stdout.trim() === "stopping";
}
