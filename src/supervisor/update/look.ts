/** Whether there is a newer image, while the service goes on. */
import { UPDATE_DEFAULTS } from "../../config/update_config.ts";
import { prefixStatus } from "../../systemd/notify.ts";
import { type Found, lookForNewer } from "../../update/newer_image.ts";
import type { UpdateMemory } from "../../update/update_memory.ts";
import type { UpdateRequest } from "../../update/update_request.ts";
import type { Job } from "./job.ts";

/** `from`: the id of the image that serves; null where it could not be asked for. */
export type Looked =
  & { readonly from: string | null }
  & (
    | { readonly found: Found; readonly error?: never }
    | { readonly found?: never; readonly error: unknown }
  );

/** Never rejects: nothing that happens here is to end a service. */
export async function look(
  { service: { plan, loaded, container }, access: { engine }, context, book }: Job,
  { action, force }: UpdateRequest,
): Promise<Looked> {
  const { minAgeMs } = loaded.config.update ?? UPDATE_DEFAULTS;
  const notifier = prefixStatus("Updating", context.notifier);
  let from: string | null = null;
  try {
    from = (await engine.inspectContainer(container.id, context.stop))?.Image ?? null;
    // If it ends before the update does, the next start takes this one.
    book.tell({ state: "updating", from, to: null, why: null }, "Looking for a newer image");
    const options = {
      wanted: plan,
      currentId: from ?? undefined,
      rules: { minAgeMs, force, pulls: action === "update" },
      memory: book.memory,
      nowMs: () => Date.now(),
      remember: (memory: UpdateMemory) => book.remember(memory),
    };
    const { found, memory } = await lookForNewer(plan.name, options, engine, { ...context, notifier });
    book.remember(memory);
    return { from, found };
  } catch (error) {
    return { from, error };
  }
}
