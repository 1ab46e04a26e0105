/**
 * `adopt: true`: a container that still runs as the config wants it, after this program was killed or replaced,
 * is taken over instead of being replaced; its log goes on where the killed process left it.
 */
import type { ContainerInspect } from "../engine/api_types.ts";
import { planFingerprint } from "../plan/fingerprint.ts";
import { PLAN_LABEL } from "../plan/labels.ts";
import { takeOwnership } from "./container/ownership.ts";
import { createPump } from "./container/start_container.ts";
import type { Context } from "./context.ts";
import { digestOf } from "../image/prepare_image.ts";
import { rememberedImages } from "../update/choose_image.ts";
import { reconnect } from "./regain.ts";
import type { EngineAccess, Wanted } from "./service.ts";
import type { StartedContainer } from "./container/started_container.ts";

/** The leftover with a life of its own again; undefined where there is none to be adopted. */
export async function adoptContainer(
  leftovers: readonly ContainerInspect[],
  { loaded, plan }: Wanted,
  access: EngineAccess,
  context: Context,
): Promise<StartedContainer | undefined> {
  const { logger, logPosition, stop } = context;
  const candidate = leftovers.find(({ Name, State }) => Name === `/${plan.name}` && State.Running);
  if (candidate === undefined) return undefined;
  if (candidate.Config.Labels?.[PLAN_LABEL] !== await planFingerprint(plan)) return undefined;
  // Killed while it was being taken back.
  if ((await rememberedImages(plan.image, context))?.refused?.id === candidate.Image) return undefined;
  const counts = await logPosition?.read(candidate.Id);
  if (counts === undefined) {
    const message = "The running container can not be adopted: how far its log is out is not known" +
      (logPosition === undefined ? " (the unit needs RuntimeDirectory=)" : "");
    logger.log({ severity: "warn", source: "service", message });
    return undefined;
  }
  const imageDigest = digestOf(await access.engine.inspectImage(candidate.Image, stop)) ?? candidate.Image;
  const pump = createPump(candidate.Id, { loaded, plan, counts }, context);
  const ranMs = Date.now() - Date.parse(candidate.State.StartedAt);
  const running = { id: candidate.Id, startedAtMs: performance.now() - ranMs, imageDigest, pump };
  if (await access.relay?.takeOver(candidate.HostConfig.Binds ?? []) === false) {
    const message = "The running container can not be adopted: where it says that it is ready is not known";
    logger.log({ severity: "warn", source: "service", message });
    return undefined;
  }
  const adopted = await reconnect(running, candidate.State, { engine: access.engine, logger });
  takeOwnership(context);
  logger.log({ severity: "notice", source: "service", message: "The running container is adopted" });
  return adopted;
}
