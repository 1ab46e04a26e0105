/**
 * What a container is to be made of: the image that the config names, or, where that one was refused, the one before.
 * In: a plan. Out: the image, in the engine.
 */
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError } from "../errors.ts";
import { digestOf, prepareImage } from "../image/prepare_image.ts";
import type { ImageContext, WantedImage } from "../image/wanted_image.ts";
import { readUpdateMemory, stateFolder, type UpdateMemory } from "./update_memory.ts";

export interface ChosenImage {
  /** e.g. `nginx@sha256:…` */
  readonly digest: string;
  /** The id of another image than the one that the config names; undefined where it is that one. */
  readonly insteadId: string | undefined;
}

/** What is remembered of the images of updates; undefined where nothing can be. */
export async function rememberedImages(
  image: string,
  { host, logger }: Pick<ImageContext, "host" | "logger">,
): Promise<UpdateMemory | undefined> {
  const folder = stateFolder(host);
  if (folder === undefined) return undefined;
  try {
    return await readUpdateMemory(folder, image, host);
  } catch (error) {
    logger.log({ severity: "warn", source: "service", message: (error as Error).message });
    return undefined;
  }
}

/** @throws what `prepareImage` throws; EngineError where the image was refused, and there is no other */
export async function chooseImage(
  wanted: WantedImage & { readonly name: string },
  engine: ContainerEngine,
  context: ImageContext,
): Promise<ChosenImage> {
  const { logger, stop } = context;
  const { name, image } = wanted;
  const digest = await prepareImage(wanted, engine, context);
  const { refused, previous, last } = await rememberedImages(image, context) ?? {};
  // An update that was broken off has not happened, even if the tag means the newer image by now.
  const interrupted = last?.state === "updating" ? last.from : null;
  if (!refused && interrupted === null) return { digest, insteadId: undefined };
  const tagged = (await engine.inspectImage(image, stop))?.Id;
  if (refused ? tagged !== refused.id : tagged === interrupted) return { digest, insteadId: undefined };
  const otherId = refused ? previous : interrupted;
  const other = otherId && await engine.inspectImage(otherId, stop);
  if (other) {
    const why = refused ? `was refused (${refused.why})` : "has come with an update that was broken off";
    const force = refused ? `; to start it all the same: service_runner update --force ${name}` : "";
    const message = `The image "${image}" ${why}; the one before is started${force}`;
    logger.log({ severity: "warn", source: "service", message, data: { image, instead: other.Id } });
    return { digest: digestOf(other) ?? other.Id, insteadId: other.Id };
  }
  if (!refused) return { digest, insteadId: undefined };
  // Nothing else is here: perhaps the registry has a better one.
  const pulled = await prepareImage({ ...wanted, pull: "always" }, engine, context);
  if ((await engine.inspectImage(image, stop))?.Id !== refused.id) {
    return { digest: pulled, insteadId: undefined };
  }
  const reason = `it was refused (${refused.why}), and the image before is gone; ` +
    `to start it all the same: service_runner update --force ${name}`;
  throw new EngineError(`use the image "${image}"`, 404, reason);
}
