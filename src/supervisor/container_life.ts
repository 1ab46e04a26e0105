/**
 * A container's beginning and end, as seen by the engine.
 * Ours is what bears exactly the service's name and our label; nothing else is ever touched.
 */
import type { ContainerInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { adaptToApiVersion } from "../plan/api_version.ts";
import { bodyToSend, type ContainerPlan, SERVICE_LABEL } from "../plan/container_plan.ts";
import type { Context } from "./context.ts";
import { pumpLog } from "./log_pump.ts";
import type { StartedContainer } from "./supervise.ts";

const CLEANUP_TIMEOUT_MS = 300_000;

/**
 * The container that an earlier run has left behind, if there is one.
 * @throws EngineError if the name is taken by a container that is not ours
 */
export async function findLeftover(
  name: string,
  engine: ContainerEngine,
  signal: AbortSignal,
): Promise<ContainerInspect | undefined> {
  const container = await engine.inspectContainer(name, signal);
  if (container === undefined || isOurs(container, name)) return container;
  const reason = "a container of this name exists that service_runner has not created; " +
    `if it is not needed any more, remove it: docker rm --force ${name}`;
  throw new EngineError(`use the container name "${name}"`, 409, reason);
}

/** Whether the service of this name has created it. */
export function isOurs(container: ContainerInspect, name: string): boolean {
  return container.Config.Labels?.[SERVICE_LABEL] === name;
}

/** Ends the leftover in its own time, then removes it. */
export async function removeLeftover(leftover: ContainerInspect, engine: ContainerEngine, context: Context) {
  const { logger, notifier, stop } = context;
  const message = "Replacing the container that an earlier run has left behind";
  notifier.send({ status: message });
  const data = { container: leftover.Id.slice(0, 12), status: leftover.State.Status };
  logger.log({ severity: "warn", source: "service", message, data });
  if (leftover.State.Running) await engine.stopContainer(leftover.Id, stop);
  await engine.removeContainer(leftover.Id, stop);
}

/** Removes our container, in whatever state it is, and the file with its id. */
export async function cleanUp(plan: ContainerPlan, engine: ContainerEngine, host: Host): Promise<void> {
  const signal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
  const container = await engine.inspectContainer(plan.name, signal);
  if (container !== undefined && isOurs(container, plan.name)) {
    await engine.removeContainer(container.Id, signal);
  }
  if (plan.cidfile !== undefined) await host.removeFile(plan.cidfile);
}

/** Creates and starts; its log is read, and its end waited for, from before the start. */
export async function startContainer(
  plan: ContainerPlan,
  { engine, apiVersion }: { readonly engine: ContainerEngine; readonly apiVersion: string },
  context: Context,
): Promise<StartedContainer> {
  const { logger, notifier, stop } = context;
  // A request that is broken off may still be carried out: from here on a stop waits for the answer.
  const signal = new AbortController().signal;
  notifier.send({ status: "Creating the container" });
  const { body, connect, problems } = adaptToApiVersion(bodyToSend(plan), apiVersion);
  if (problems.length > 0) {
    throw new EngineError(`create the container "${plan.name}"`, 400, problems.join("; "));
  }
  const { id, warnings } = await engine.createContainer(
    { name: plan.name, query: plan.create.query, body },
    signal,
  );
  if (plan.cidfile !== undefined) await context.host.writeFile(plan.cidfile, id);
  for (const message of warnings) logger.log({ severity: "warn", source: "docker", message });
  for (const { network, endpoint } of connect) {
    await engine.connectNetwork(network, { container: id, endpoint }, signal);
  }
  stop.throwIfAborted();
  const log = await engine.attachContainer(id, signal);
  const { exit } = await engine.waitContainer(id, signal);
  const terminal = plan.create.body.Tty === true;
  const logged = pumpLog(log, {
    terminal,
    records: logger.lines,
    clock: logger.clock,
    output: context.output,
  });
  // Whoever waits for the last line learns of a failure.
  logged.catch(() => {});
  stop.throwIfAborted();
  notifier.send({ status: "Starting the container" });
  await engine.startContainer(id, signal);
  return { id, exit, logged };
}
