/** The names of a service's container: who has them, and a new one under them. */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { CreateBody } from "../../engine/create_body.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError, HostError } from "../../errors.ts";
import { NEVER } from "../../host/pause.ts";
import { adaptToApiVersion } from "../../plan/api_version.ts";
import { bodyToSend, type ContainerPlan, withLabels } from "../../plan/container_plan.ts";
import { planFingerprint } from "../../plan/fingerprint.ts";
import { PLAN_LABEL, PROCESS_LABEL } from "../../plan/labels.ts";
import type { Context } from "../context.ts";
import { NOTIFY_VARIABLE } from "../../systemd/notify_relay.ts";
import type { EngineAccess } from "../service.ts";
import type { ChosenImage } from "../../update/choose_image.ts";
import { isOurs, otherOwner, processLabel } from "./ownership.ts";

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
  const names = [name, replacedName(name)];
  const containers = await Promise.all(names.map((one) => engine.inspectContainer(one, context.stop)));
  for (const [index, container] of containers.entries()) {
    if (container === undefined) continue;
    if (await isOurs(container, name, engine, context.stop)) {
      const owner = await otherOwner(container, context);
      if (owner !== undefined) {
        throw nameTaken(name, `${owner} runs a service of this name; give this one another`);
      }
      found.push(container);
    } else if (index === 0) {
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

/** Creates the container and connects it to its networks; yields its id. */
export async function createContainer(
  plan: ContainerPlan,
  { insteadId }: Pick<ChosenImage, "insteadId">,
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
    body: {
      ...relay === undefined ? body : withNotifySocket(body, relay.bind),
      ...insteadId !== undefined && { Image: insteadId },
    },
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
