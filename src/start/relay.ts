/** Where the container says that it is ready (`ready.when: notify`). */
import { HostError } from "../errors.ts";
import type { Context } from "../supervisor/context.ts";
import { NotifyRelay } from "../systemd/notify_relay.ts";

/** In the unit's own folder, since the engine does not see a private /tmp. @throws HostError */
export async function openRelay({ host, runtimeFolder }: Context): Promise<NotifyRelay> {
  const folder = runtimeFolder?.path ?? "/tmp";
  try {
    return await NotifyRelay.open(folder, host);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HostError(`listen in "${folder}" to what the container says (ready.when: notify)`, reason, {
      cause: error,
    });
  }
}
