/**
 * Whose a container is. Ours is what this service has created, by the labels that we set; nothing else is ever touched.
 * And of two processes that run services of one name, the first one keeps it.
 */
import type { ContainerInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import { isAlive, processName } from "../../host/process_identity.ts";
import { isOfService, PROCESS_LABEL } from "../../plan/labels.ts";
import type { Context } from "../context.ts";

/** In the unit's folder: the process that has the container now, which need not be the one that created it. */
const FILE_NAME = "process";
const LIMIT_BYTES = 64;

type OwnerContext = Pick<Context, "host" | "runtimeFolder" | "identity" | "readProc">;

/** Whether the service of this name has created it. */
export async function isOurs(
  container: ContainerInspect,
  name: string,
  engine: ContainerEngine,
  signal: AbortSignal,
): Promise<boolean> {
  const labels = container.Config.Labels;
  if (!isOfService(name, labels, undefined)) return false;
  const image = await engine.inspectImage(container.Image, signal).catch((error) => {
    // Of an image that is damaged nothing more can be known.
    if (error instanceof EngineError) return undefined;
    throw error;
  });
  return isOfService(name, labels, image?.Config?.Labels);
}

/** The value of `PROCESS_LABEL` for what this process creates. */
export function processLabel({ identity, runtimeFolder }: OwnerContext): string {
  return runtimeFolder === undefined ? identity : `${identity} ${runtimeFolder.path}`;
}

/** For a container that another process has created: from now on it is this one's. */
export function takeOwnership({ identity, runtimeFolder }: OwnerContext): void {
  runtimeFolder?.replace(FILE_NAME, identity);
}

/** Who else has the container, e.g. `service_runner@web.service (process 4711)`; undefined if nobody who lives. */
export async function otherOwner(
  { Config: { Labels } }: ContainerInspect,
  { host, identity, readProc }: OwnerContext,
): Promise<string | undefined> {
  const [, creator = "", folder] = /^(\d+ \S+ \S+)(?: (.*))?$/.exec(Labels?.[PROCESS_LABEL] ?? "") ?? [];
  const file = folder && await host.readFile(`${folder}/${FILE_NAME}`, LIMIT_BYTES);
  const successor = file && file.kind === "content" ? new TextDecoder().decode(file.bytes) : "";
  for (const owner of [creator, successor]) {
    if (owner !== identity && isAlive(owner, readProc)) return processName(parseInt(owner), readProc);
  }
  return undefined;
}
