/**
 * The image of a service, in the engine before anything happens to a container that is still serving.
 * In: what image is wanted, and when to pull it. Out: its digest, once the engine has it.
 * Sources: ImageCreate and ImageInspect of the Engine API, `docker build`.
 */
import type { ImageInspect } from "../engine/api_types.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { saysLoginNeeded } from "../engine/pull_image.ts";
import { type ImageReference, parseImageReference } from "../engine/image_reference.ts";
import { ConfigError, EngineError, RegistryUnreachableError } from "../errors.ts";
import { Progress } from "./progress.ts";
import type { ImageContext, WantedImage } from "./wanted_image.ts";

/** A pull may take hours, but engines report each piece of a layer. */
const STALL_TIMEOUT_MS = 120_000;

/**
 * Pulls or builds the image if the pull policy says so; yields its digest or id, e.g. `nginx@sha256:…`.
 * @throws EngineError, RegistryUnreachableError if there is no image to start from, with the registry's reason
 * @throws EngineUnreachableError; ConfigError, HostError of a build; the reason of `stop` when that is aborted
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
    // A ConfigError: there is no command that builds.
    const mayGoOn = error instanceof EngineError || error instanceof ConfigError;
    if (pull !== "prefer" || !mayGoOn) throw error;
    const digest = await local();
    if (digest === undefined) throw error;
    const message = `${error.message}; going on with the image that is here`;
    context.logger.log({ severity: "warn", source: "docker", message, data: { image } });
    return digest;
  }
}

async function pullImage(
  { image, platform }: WantedImage,
  { name: repository, digest, tag = "latest" }: ImageReference & { kind: "name" },
  { engine, context }: { readonly engine: ContainerEngine; readonly context: ImageContext },
): Promise<string> {
  const { logger, notifier, stop } = context;
  const nowMs = () => performance.now();
  using progress = new Progress(`Pulling ${image}`, notifier, { stallTimeoutMs: STALL_TIMEOUT_MS, nowMs });
  const auth = await (await import("./registry/registry_auth.ts")).findRegistryAuth(repository, context);
  logger.log({
    severity: "info",
    source: "docker",
    message: `Pulling the image "${image}"`,
    data: { image, credentials: auth?.file },
  });
  // A program that was asked for the credentials may have taken its time.
  progress.goOn();
  try {
    await engine.pullImage(image, {
      repository,
      tag: digest ?? tag,
      platform,
      registryAuth: auth?.header,
      onProgress: ({ percent, layersDone, layers }) => {
        progress.goOn();
        if (layers > 0) progress.showNowAndThen(`${percent}%, ${layersDone}/${layers} layers`);
      },
      signal: AbortSignal.any([stop, progress.stalled]),
    });
  } catch (error) {
    stop.throwIfAborted();
    if (!progress.stalled.aborted) throw withCredentials(error, auth?.file);
    const reason = `the registry has sent nothing for ${STALL_TIMEOUT_MS / 1000} s`;
    throw new RegistryUnreachableError(`pull the image "${image}"`, 504, reason);
  }
  const pulled = digestOf(await engine.inspectImage(image, stop)) ?? image;
  const message = `The image "${image}" is here`;
  logger.log({ severity: "info", source: "docker", message, data: { image, digest: pulled } });
  return pulled;
}

/** A registry that lets nobody in does not say with which credentials, and there may be several files of them. */
function withCredentials(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof EngineError) || !saysLoginNeeded(error)) return error;
  const which = file === undefined ? "without credentials" : `with the credentials of "${file}"`;
  return new EngineError(error.operation, error.httpStatus, `${error.reason} (asked ${which})`);
}

/** The digest that the image has in its registry, e.g. `sha256:…`; undefined if it was built here. */
export function registryDigest(image: ImageInspect | undefined): string | undefined {
  return image?.RepoDigests?.[0]?.replace(/^.*@/, "");
}

/** The digest under which the image was pulled, or its id if it was built here. */
export function digestOf(image: ImageInspect | undefined): string | undefined {
  return image?.RepoDigests?.[0] ?? image?.Id;
}
