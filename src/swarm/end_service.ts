/**
 * The end of a run that was asked for: the service goes with it, or stays, as `swarm.on_stop` has it. It stays in any case
 * when the unit is only restarted, or the machine goes down: its tasks run on, and the next run takes it up.
 */
import type { Task } from "../engine/swarm_types.ts";
import { HostError } from "../errors.ts";
import { NEVER, pause } from "../host/pause.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { isSwarmAway } from "./reach_swarm.ts";
import { CONFIG_LABEL, OWNER_LABEL, ownerOf } from "./service_labels.ts";
import { hostName, type ServiceState } from "./service_state.ts";
import { setLabels } from "./set_labels.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";
import { whyStopping } from "./why_stopping.ts";

const POLL_INTERVAL_MS = 250;
const RETRY_INTERVAL_MS = 1000;
/** How long the swarm may refuse what is asked for, e.g. for want of a leader. */
const PATIENCE_MS = 60_000;
/** What nodes may take beyond the time that their containers have for stopping. */
const STOP_MARGIN_MS = 30_000;
const DEFAULT_GRACE_MS = 10_000;

export interface EndOptions {
  /** Whether this run has asked for the service to be created or changed, or watches it: else nothing may be there. */
  readonly isKnown: boolean;
  /** Called before the service is removed. */
  readonly onRemoving: () => void;
  /** Called when no container of the service is left, before the log is closed. */
  readonly onGone: () => Promise<void>;
}

/** @throws EngineError, EngineUnreachableError, HostError if the service can not be removed, or not be left as is wanted */
export async function endService(
  wanted: WantedService,
  options: EndOptions,
  context: SwarmContext,
): Promise<void> {
  const { name } = wanted.plan;
  const ground = await whyStopping(context);
  switch (ground.kind) {
    case "shutdown":
      return tellStay(`The machine goes down: the service ${name} stays in the swarm`, context);
    case "restart":
      return tellStay(`The unit is restarted: the service ${name} stays in the swarm`, context);
    case "unknown":
      throw new HostError(
        `find out whether the machine goes down`,
        `${ground.reason}; the service stays in the swarm, to end it: docker service rm ${name}`,
      );
  }
  if (wanted.swarm.onStop === "keep") return await keepService(wanted, options, context);
  await removeService(wanted, options, context);
}

/** Removes the service, if it is ours, whatever `swarm.on_stop` says. @throws as `endService` */
export async function removeService(
  wanted: WantedService,
  options: EndOptions,
  context: SwarmContext,
): Promise<void> {
  const { notifier, swarmEngine } = context;
  const id = await untilAnswered(
    async () => {
      const service = await findOurs(wanted, context);
      if (service === undefined) return undefined;
      notifier.send({ status: "Removing the service" });
      options.onRemoving();
      await swarmEngine.removeService(service.ID, NEVER);
      return service.ID;
    },
    options,
    context,
  );
  if (id !== undefined) await untilGone(id, wanted, options, context);
}

/** Nobody supervises it from now on. */
async function keepService(wanted: WantedService, options: EndOptions, context: SwarmContext): Promise<void> {
  await untilAnswered(
    async () => {
      const service = await findOurs(wanted, context);
      if (service !== undefined) await setLabels(service, { [OWNER_LABEL]: "" }, context);
      return undefined;
    },
    options,
    context,
  );
  tellStay(`The service ${wanted.plan.name} stays in the swarm`, context);
}

/** Another node's, another config's or a person's is not ours to end. */
async function findOurs({ plan: { name }, loaded }: WantedService, { swarmEngine, logger }: SwarmContext) {
  const service = await swarmEngine.inspectService(name, NEVER);
  if (service === undefined) return undefined;
  const { NodeID } = await swarmEngine.swarmInfo(NEVER);
  if (service.Spec.Labels[CONFIG_LABEL] === loaded.file && ownerOf(service) === NodeID) return service;
  const message =
    `The service ${name} stays in the swarm: by its labels it is not, or not any more, this unit's`;
  logger.log({ severity: "warn", source: "service", message });
  return undefined;
}

function tellStay(message: string, { notifier, logger }: SwarmContext): void {
  notifier.send({ status: message });
  logger.log({ severity: "notice", source: "service", message });
}

/** Tries again while the swarm is away, but not for ever: what is left then has to be known. */
async function untilAnswered<T>(
  action: () => Promise<T | undefined>,
  { isKnown }: EndOptions,
  { notifier, logger }: SwarmContext,
): Promise<T | undefined> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  using _ = extendTimeout(notifier, { capMs: PATIENCE_MS });
  for (let tries = 0;; tries++) {
    try {
      return await action();
    } catch (error) {
      if (!isSwarmAway(error)) throw error;
      const { message } = error as Error;
      if (!isKnown) {
        const words = `${message}; if a service of this config is in the swarm, it stays there`;
        logger.log({ severity: "warn", source: "docker", message: words });
        return undefined;
      }
      if (performance.now() >= giveUpAtMs) throw error;
      if (tries === 0) {
        logger.log({ severity: "warn", source: "docker", message: `${message}; trying again` });
      }
      notifier.send({ status: `${message}; trying again` });
      await pause(RETRY_INTERVAL_MS, NEVER);
    }
  }
}

/** Until no container is left but on nodes that are down: these end theirs when they come back. */
async function untilGone(
  serviceId: string,
  wanted: WantedService,
  { onGone }: EndOptions,
  { swarmEngine, notifier, logger }: SwarmContext,
): Promise<void> {
  const grace = wanted.plan.spec.TaskTemplate.ContainerSpec.StopGracePeriod;
  const timeoutMs = (grace === undefined ? DEFAULT_GRACE_MS : Number(grace) / 1e6) + STOP_MARGIN_MS;
  const giveUpAtMs = performance.now() + timeoutMs;
  using _ = extendTimeout(notifier, { capMs: timeoutMs });
  for (;;) {
    const isLate = performance.now() >= giveUpAtMs;
    const seen = await look(serviceId, wanted, swarmEngine).catch((error: unknown) => {
      // It has been removed: that nobody can tell how far that is does not undo it.
      if (!isSwarmAway(error) || isLate) throw error;
      return undefined;
    });
    const waitedFor = seen?.left.filter((task) => !isDown(task, seen.nodes)) ?? [];
    if (seen !== undefined && (waitedFor.length === 0 || isLate)) {
      if (seen.left.length > 0) {
        logger.log({ severity: "warn", source: "service", message: leftBehind(seen.left, seen.nodes) });
      }
      await onGone();
      if (waitedFor.length === 0) return;
      const reason = `${waitedFor.length} have not ended within ${timeoutMs / 1000} s`;
      throw new HostError("end all containers of the service", reason);
    }
    const containers = waitedFor.length === 1 ? "1 container" : `${waitedFor.length} containers`;
    if (seen !== undefined) notifier.send({ status: `Stopping: ${containers} left` });
    await pause(POLL_INTERVAL_MS, NEVER);
  }
}

/** The tasks that are left, by the label that they keep. */
async function look(
  serviceId: string,
  { loaded: { file } }: WantedService,
  swarmEngine: SwarmContext["swarmEngine"],
): Promise<{ readonly left: readonly Task[]; readonly nodes: ServiceState["nodes"] }> {
  const tasks = await swarmEngine.listTasks({ label: `${CONFIG_LABEL}=${file}` }, NEVER);
  const left = tasks.filter(({ ServiceID }) => ServiceID === serviceId);
  const nodes = left.length === 0 ? [] : await swarmEngine.listNodes(NEVER);
  return { left, nodes: new Map(nodes.map((node) => [node.ID, node])) };
}

/** A node that the swarm has forgotten ends nothing any more, either. */
function isDown({ NodeID }: Task, nodes: ServiceState["nodes"]): boolean {
  if (NodeID === undefined) return false;
  const node = nodes.get(NodeID);
  return node === undefined || node.Status.State === "down";
}

/** e.g. `Left behind until their nodes end them: 1a2b3c4d5e6f on node-b (down)` */
function leftBehind(left: readonly Task[], nodes: ServiceState["nodes"]): string {
  const names = left.map(({ NodeID, Status }) => {
    const container = Status.ContainerStatus?.ContainerID?.slice(0, 12) || "a task";
    return `${container} on ${hostName(nodes, NodeID)} (${
      nodes.get(NodeID ?? "")?.Status.State ?? "unknown"
    })`;
  });
  return `Left behind until their nodes end them: ${names.join(", ")}`;
}
