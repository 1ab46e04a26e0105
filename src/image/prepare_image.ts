/** The image, there before anything happens to a container that is still serving. */
import type { ImageInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { PullProgress } from "../engine/pull_progress.ts";
import { EngineError, RegistryUnreachableError } from "../errors.ts";
import { type ImageReference, parseImageReference } from "../engine/image_reference.ts";
import type { ImageContext, WantedImage } from "./wanted_image.ts";

const PROGRESS_INTERVAL_MS = 500;
/** A pull may take hours, but not without a word: engines report each piece of a layer. */
const STALL_TIMEOUT_MS = 120_000;

/**
 * Pulls or builds the image as the pull policy says; yields what tells it apart, e.g. `nginx@sha256:…`.
 * @throws EngineError when the image can not be had, with the registry's reason
 */
export async function prepareImage(
  wanted: WantedImage,
  engine: ContainerEngine,
  context: ImageContext,
): Promise<string> {
  const { image, pull } = wanted;
  const reference = parseImageReference(image);
  const local = async () => digestOf(await engine.inspectImage(image, context.stop));
  if (pull === "never" || pull === "missing" || reference.kind === "id") {
    const digest = await local();
    if (digest !== undefined) return digest;
  }
  if (pull === "never" || reference.kind === "id") {
    const why = reference.kind === "id" ? "an id can not be pulled" : '"pull" is "never"';
    throw new EngineError(`use the image "${image}"`, 404, `the engine does not have it, and ${why}`);
  }
  try {
    if (wanted.build === undefined) return await pullImage(wanted, reference, { engine, context });
    const { buildImage } = await import("./build/build_image.ts");
    return digestOf(await buildImage(wanted, wanted.build, { engine, context })) ?? image;
  } catch (error) {
    if (pull !== "prefer" || !(error instanceof EngineError)) throw error;
    const digest = await local();
    if (digest === undefined) throw error;
    const message = `${error.message}; going on with the image that is here`;
    context.logger.log({ severity: "warn", source: "docker", message, data: { image } });
    return digest;
  }
}

async function pullImage(
  { image, platform }: WantedImage,
  reference: ImageReference & { kind: "name" },
  { engine, context }: { readonly engine: ContainerEngine; readonly context: ImageContext },
): Promise<string> {
  const { logger, notifier, stop } = context;
  const { name: repository, digest, tag = "latest" } = reference;
  notifier.send({ status: `Pulling ${image}` });
  const auth = await (await import("./registry/registry_auth.ts")).findRegistryAuth(repository, context);
  logger.log({
    severity: "info",
    source: "docker",
    message: `Pulling the image "${image}"`,
    data: { image, ...(auth === undefined ? {} : { credentials: auth.file }) },
  });
  const stalled = new AbortController();
  const giveUp = () => stalled.abort();
  let timer = setTimeout(giveUp, STALL_TIMEOUT_MS);
  let shownAtMs = 0;
  const onProgress = ({ percent, layersDone, layers }: PullProgress) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, STALL_TIMEOUT_MS);
    const now = performance.now();
    if (layers === 0 || now - shownAtMs < PROGRESS_INTERVAL_MS) return;
    shownAtMs = now;
    notifier.send({ status: `Pulling ${image}: ${percent}%, ${layersDone}/${layers} layers` });
  };
  const signal = AbortSignal.any([stop, stalled.signal]);
  try {
    const options = { repository, tag: digest ?? tag, platform, registryAuth: auth?.header };
    await engine.pullImage(image, { ...options, onProgress, signal });
  } catch (error) {
    stop.throwIfAborted();
    if (!stalled.signal.aborted) throw error;
    const reason = `the registry has sent nothing for ${STALL_TIMEOUT_MS / 1000} s`;
    throw new RegistryUnreachableError(`pull the image "${image}"`, 504, reason);
  } finally {
    clearTimeout(timer);
  }
  const pulled = digestOf(await engine.inspectImage(image, stop)) ?? image;
  const message = `The image "${image}" is here`;
  logger.log({ severity: "info", source: "docker", message, data: { image, digest: pulled } });
  return pulled;
}

/** The digest under which the image came, or its id if it was built here. */
export function digestOf(image: ImageInspect | undefined): string | undefined {
  return image?.RepoDigests?.[0] ?? image?.Id;
}
