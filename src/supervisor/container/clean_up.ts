/** What a run leaves behind of its container: nothing. */
import type { ContainerEngine } from "../../engine/engine.ts";
import { extendTimeout } from "../../systemd/timeout_extension.ts";
import type { Context } from "../context.ts";
import { replacedName } from "./container_life.ts";
import { endContainer } from "./ended_container.ts";
import { isOurs, otherOwner } from "./ownership.ts";

const CLEANUP_TIMEOUT_MS = 300_000;

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
