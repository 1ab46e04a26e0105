/**
 * Contact with the swarm by way of this machine's engine, which may be no manager, or have lost its leader.
 * Source: Engine API, SystemInfo.
 */
import type { SwarmInfo } from "../engine/swarm_types.ts";
import {
  EngineError,
  EngineUnreachableError,
  HostError,
  RegistryUnreachableError,
  SwarmUnreachableError,
} from "../errors.ts";
import { pause } from "../host/pause.ts";
import { reachEngine } from "../supervisor/reach_engine.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { SwarmContext } from "./swarm_context.ts";

const RETRY_INTERVAL_MS = 1000;
/** How long a swarm without a leader, or an engine that is away, is waited for. */
export const SWARM_RETURN_MS = 180_000;

const MOST_REFUSALS = 5;
/** A manager whose engine has just come up says for a moment that it is none. */
export const COMING_UP_MS = 3_000;
/** One that goes down, or was away, for longer. */
export const NO_MANAGER_GRACE_MS = 20_000;

/** What this engine is in its swarm. */
export type Standing =
  | { readonly kind: "manager"; readonly nodeId: string }
  /** It may become one by itself, or by somebody who unlocks it. */
  | { readonly kind: "waiting"; readonly reason: string }
  /** Somebody has to make it one. */
  | { readonly kind: "no_manager"; readonly reason: string };

export function standingOf({ LocalNodeState, ControlAvailable, NodeID, Error }: SwarmInfo): Standing {
  switch (LocalNodeState) {
    case "inactive":
      return {
        kind: "no_manager",
        reason: "this engine is in no swarm; make one with: docker swarm init; or join one as a manager",
      };
    case "locked":
      return { kind: "waiting", reason: "the swarm is locked; unlock it with: docker swarm unlock" };
    case "active":
      if (!ControlAvailable) {
        const reason = "this engine is a worker of its swarm, and services are run from managers; " +
          `on a manager: docker node promote ${NodeID}`;
        return { kind: "no_manager", reason };
      }
      if (!Error && NodeID) return { kind: "manager", nodeId: NodeID };
  }
  const words = Error && !/does not have a leader|lost leader|deadline exceeded/.test(Error)
    ? Error
    : LocalNodeState === "active"
    ? "the swarm has no leader"
    : `this engine's part in the swarm is ${LocalNodeState}`;
  return { kind: "waiting", reason: words };
}

/**
 * Waits until this engine is a manager of a swarm with a leader; yields its node's id.
 * @throws HostError if somebody has to make it one; SwarmUnreachableError, EngineUnreachableError after three minutes;
 * the stop's reason
 */
export async function reachSwarm(
  name: string,
  context: SwarmContext,
  graceMs: number,
): Promise<string> {
  const { swarmEngine, notifier, logger, stop } = context;
  const begunAtMs = performance.now();
  const giveUpAtMs = begunAtMs + SWARM_RETURN_MS;
  using _ = extendTimeout(notifier, { capMs: SWARM_RETURN_MS });
  let told = "";
  for (;;) {
    const standing = standingOf(await swarmEngine.swarmInfo(stop));
    if (standing.kind === "manager") return standing.nodeId;
    const { reason } = standing;
    if (standing.kind === "no_manager" && performance.now() - begunAtMs >= graceMs) {
      throw new HostError(`run "${name}" in a swarm`, reason);
    }
    if (performance.now() >= giveUpAtMs) throw new SwarmUnreachableError(reason);
    if (reason !== told) {
      notifier.send({ status: `Waiting for the swarm: ${reason}` });
      logger.log({ severity: "warn", source: "docker", message: `Waiting for the swarm: ${reason}` });
    }
    told = reason;
    await pause(RETRY_INTERVAL_MS, stop);
  }
}

/**
 * Does what the service can not go on without, once the swarm answers, and from the beginning whenever it does not:
 * `action` looks first at how things stand, as what it asked for before may have been done all the same. `graceMs`: for
 * so long an engine may say that it is no manager.
 * @throws SwarmUnreachableError, EngineUnreachableError if that takes more than three minutes; what else `action` throws
 */
export async function onceSwarmAnswers<T>(
  name: string,
  action: (nodeId: string) => Promise<T>,
  context: SwarmContext,
  graceMs = NO_MANAGER_GRACE_MS,
): Promise<T> {
  const giveUpAtMs = performance.now() + SWARM_RETURN_MS;
  for (let refusals = 0;;) {
    try {
      return await action(await reachSwarm(name, context, graceMs));
    } catch (error) {
      if (!isSwarmAway(error) || performance.now() >= giveUpAtMs) throw error;
      // A swarm that has a leader and refuses again and again does not only lack one for a moment.
      if (error instanceof EngineError && ++refusals > MOST_REFUSALS) throw error;
      if (error instanceof EngineUnreachableError && !(error instanceof SwarmUnreachableError)) {
        const patienceMs = Math.ceil(Math.max(0, giveUpAtMs - performance.now()) / 1000) * 1000;
        await reachEngine(context.engine, { patienceMs, wasThere: true }, context);
      }
      await pause(RETRY_INTERVAL_MS, context.stop);
    }
  }
}

/** Whether it may be another matter in a moment: the engine is away, say, or the swarm is without a leader. */
export function isSwarmAway(error: unknown): boolean {
  if (error instanceof EngineUnreachableError) return true;
  if (!(error instanceof EngineError) || error instanceof RegistryUnreachableError) return false;
  // 409: what was asked for before, with an answer that was lost, has been done in between.
  return [409, 500, 503].includes(error.httpStatus);
}
