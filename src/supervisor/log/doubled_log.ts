/** A container's lines that reach the journal twice: by this program, and by the engine's own driver. */
import type { ContainerEngine } from "../../engine/engine.ts";
import type { Context } from "../context.ts";

/** Warns of it; to be called once, at the start. An engine that can not be asked now is noticed elsewhere. */
export async function warnOfDoubledLog(id: string, engine: ContainerEngine, context: Context): Promise<void> {
  const { logger, stop } = context;
  if (!logger.options.journal) return;
  const container = await engine.inspectContainer(id, stop).catch(() => undefined);
  if (container?.HostConfig.LogConfig.Type !== "journald") return;
  const message =
    "Each line of the container is in the journal twice: its log driver is journald, and this service " +
    "writes there too; add --log-driver none, or --log-driver local, to container_create_args";
  logger.log({ severity: "warn", source: "docker", message });
}
