/** A container's beginning and end, as the engine sees it. */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { CreateBody } from "../../engine/create_body.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EventWatch } from "../../engine/event_watch.ts";
import { EngineError, HostError } from "../../errors.ts";
import { NEVER } from "../../host/pause.ts";
import { adaptToApiVersion } from "../../plan/api_version.ts";
import { bodyToSend, type ContainerPlan, withLabels } from "../../plan/container_plan.ts";
import { planFingerprint } from "../../plan/fingerprint.ts";
import { PLAN_LABEL, PROCESS_LABEL } from "../../plan/labels.ts";
import type { Context } from "../context.ts";
import { extendTimeout } from "../../systemd/timeout_extension.ts";
import { endContainer } from "./ended_container.ts";
import type { LineCounts } from "../log/log_position.ts";
import { LogPump } from "../log/log_pump.ts";
import { NOTIFY_VARIABLE } from "../../systemd/notify_relay.ts";
import type { EngineAccess, Wanted } from "../service.ts";
import { followLive } from "../log/follow_output.ts";
import { isOurs, otherOwner, processLabel } from "./ownership.ts";
import type { StartedContainer } from "./started_container.ts";

const CLEANUP_TIMEOUT_MS = 300_000;

/** The name that a container has while it waits to be replaced, or to come back. */
export function replacedName(name: string): string {
  return `${name}.replaced`;
}

/**
 * The containers that an earlier run has left behind.
 * @throws EngineError if the name is taken by a container that is not ours, or by another process that lives
 */
export async function findLeftovers(
  name: string,
  engine: ContainerEngine,
  context: Context,
): Promise<ContainerInspect[]> {
  const found: ContainerInspect[] = [];
  for (const candidate of [name, replacedName(name)]) {
    const container = await engine.inspectContainer(candidate, context.stop);
    if (container === undefined) continue;
    if (await isOurs(container, name, engine, context.stop)) {
      const owner = await otherOwner(container, context);
      if (owner !== undefined) {
        throw nameTaken(name, `${owner} runs a service of this name; give this one another`);
      }
      found.push(container);
    } else if (candidate === name) {
      throw nameTaken(
        name,
        "a container of this name exists that service_runner has not created; to make room for the service: " +
          `docker stop ${name}; docker rename ${name} ${name}-before`,
      );
    }
  }
  return found;
}

function nameTaken(name: string, reason: string): EngineError {
  return new EngineError(`use the container name "${name}"`, 409, reason);
}

/** Ends a leftover in its own time, then removes it. */
export async function removeLeftover(leftover: ContainerInspect, engine: ContainerEngine, context: Context) {
  const { logger, notifier, stop } = context;
  const message = "Replacing the container that an earlier run has left behind";
  notifier.send({ status: message });
  const data = { container: leftover.Id.slice(0, 12), status: leftover.State.Status };
  logger.log({ severity: "warn", source: "service", message, data });
  if (leftover.State.Running) await engine.stopContainer(leftover.Id, stop);
  await engine.removeContainer(leftover.Id, stop);
}

/** Ends what is ours of this name in its own time, if it still runs, and removes it with the files that hold its id. */
export async function cleanUp(
  name: string,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { host, notifier, cidfiles } = context;
  using _ = extendTimeout(notifier, { capMs: CLEANUP_TIMEOUT_MS });
  // Each call has its own time: an end in between may take the container's whole stop timeout.
  const inTime = () => AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
  for (const candidate of [name, replacedName(name)]) {
    const container = await engine.inspectContainer(candidate, inTime());
    if (container === undefined || !await isOurs(container, name, engine, inTime())) continue;
    if (await otherOwner(container, context) !== undefined) continue;
    // One that does not end is ended by its removal.
    if (container.State.Running) await endContainer(container.Id, engine, { notifier }).catch(() => {});
    await engine.removeContainer(container.Id, inTime());
  }
  for (const cidfile of cidfiles) await host.removeFile(cidfile);
}

/** Creates the container and connects it to its networks; yields its id. */
export async function createContainer(
  plan: ContainerPlan,
  access: EngineAccess,
  context: Context,
): Promise<string> {
  const { engine, apiVersion, relay } = access;
  const { logger, notifier } = context;
  notifier.send({ status: "Creating the container" });
  const { body, connect, problems } = adaptToApiVersion(
    bodyToSend(withLabels(plan, {
      [PLAN_LABEL]: await planFingerprint(plan),
      [PROCESS_LABEL]: processLabel(context),
    })),
    apiVersion,
  );
  if (problems.length > 0) {
    throw new EngineError(`create the container "${plan.name}"`, 400, problems.join("; "));
  }
  const request = {
    name: plan.name,
    query: plan.create.query,
    body: relay === undefined ? body : withNotifySocket(body, relay.bind),
  };
  const { id, warnings } = await engine.createContainer(request, NEVER);
  for (const message of warnings) logger.log({ severity: "warn", source: "docker", message });
  writeCidfile(plan, id, context);
  for (const { network, endpoint } of connect) {
    await engine.connectNetwork(network, { container: id, endpoint }, NEVER);
  }
  return id;
}

/** @throws HostError */
export function writeCidfile(
  { cidfile }: ContainerPlan,
  id: string,
  { host, cidfiles }: Pick<Context, "host" | "cidfiles">,
): void {
  if (cidfile === undefined) return;
  try {
    host.replaceFile(cidfile, id);
    cidfiles.add(cidfile);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HostError(`write the container's id to "${cidfile}" (--cidfile)`, reason, { cause: error });
  }
}

/** The pump of a container's lines; `counts`: those that are out already, by another process. */
export function createPump(
  id: string,
  { loaded, plan, counts }: Wanted & { readonly counts?: LineCounts },
  context: Context,
): LogPump {
  const { logger, output, logPosition } = context;
  return new LogPump({
    ...(counts && { counts }),
    terminal: plan.create.body.Tty === true,
    records: logger.containerLines(loaded.config.logs),
    clock: logger.clock,
    output,
    logger,
    ...(logPosition && { onBegin: (counts: () => LineCounts) => logPosition.follow(id, counts) }),
  });
}

/** Starts a container that exists; its log is read, and its end waited for, from before the start. */
export async function startContainer(
  id: string,
  { imageDigest, pump }: { readonly imageDigest: string; readonly pump: LogPump },
  { engine, relay }: EngineAccess,
  context: Context,
): Promise<StartedContainer> {
  const { logger, notifier, stop } = context;
  stop.throwIfAborted();
  const connections = new AbortController();
  try {
    const [log, { exit }, events] = await Promise.all([
      engine.attachContainer(id, connections.signal),
      engine.waitContainer(id, "next-exit", connections.signal),
      EventWatch.begin(id, engine, connections),
    ]);
    const logged = followLive(id, log, pump, { engine, logger, signal: connections.signal });
    await relay?.reset();
    stop.throwIfAborted();
    notifier.send({ status: "Starting the container" });
    await engine.startContainer(id, NEVER);
    const startedAtMs = performance.now();
    return { id, startedAtMs, imageDigest, exit, pump, logged, events, connections, hasEnded: false };
  } catch (error) {
    connections.abort();
    throw error;
  }
}

/** The body with the folder of the notify relay mounted, and NOTIFY_SOCKET set to the socket in it. */
function withNotifySocket(body: CreateBody, bind: string): CreateBody {
  return {
    ...body,
    Env: [...body.Env ?? [], NOTIFY_VARIABLE],
    HostConfig: {
      ...body.HostConfig,
      Binds: [...body.HostConfig?.Binds ?? [], bind],
    },
  };
}
