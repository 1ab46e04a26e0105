/**
 * An image from a Dockerfile instead of a registry. Loaded by a build only.
 * In: what is to be built. Out: the image in the engine; or why there is none, and the last lines of the build.
 */
import type { ImageInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import { type BuildAuth, findBuildAuth } from "../registry/build_auth.ts";
import type { ImageContext, WantedBuild, WantedImage } from "../wanted_image.ts";
import { BuildContext, BuildContextError } from "./build_context.ts";
import { BUILD_STALL_TIMEOUT_MS, BuildProgress } from "./build_progress.ts";

/**
 * Yields the image that was built.
 * @throws EngineError, RegistryUnreachableError, with the engine's reason; EngineUnreachableError
 */
export async function buildImage(
  wanted: WantedImage,
  build: WantedBuild,
  { engine, context }: { readonly engine: ContainerEngine; readonly context: ImageContext },
): Promise<ImageInspect | undefined> {
  const { image } = wanted;
  const { context: folder, dockerfile, target } = build;
  const { logger, notifier, stop } = context;
  using progress = new BuildProgress(image, notifier);
  try {
    const files = await BuildContext.open(build, context.host);
    const auth = await findBuildAuth(files.dockerfileText, build.args, context);
    logger.log({
      severity: "info",
      source: "docker",
      message: `Building the image "${image}"`,
      data: { image, context: folder, dockerfile, target, credentials: auth?.files },
    });
    await send(files, wanted, build, { engine, auth, progress, stop });
  } catch (error) {
    stop.throwIfAborted();
    throw explain(error, image, { progress, context });
  }
  const built = await engine.inspectImage(image, stop);
  logger.log({
    severity: "info",
    source: "docker",
    message: `The image "${image}" is built`,
    data: { image, id: built?.Id, "took_seconds": progress.seconds },
  });
  return built;
}

interface SendOptions {
  readonly engine: ContainerEngine;
  readonly auth: BuildAuth | undefined;
  readonly progress: BuildProgress;
  readonly stop: AbortSignal;
}

async function send(
  files: BuildContext,
  { image, platform }: WantedImage,
  { target, args }: WantedBuild,
  { engine, auth, progress, stop }: SendOptions,
): Promise<void> {
  let unreadable: unknown;
  async function* archive() {
    try {
      for await (const piece of files.tar()) {
        progress.sent(piece.length);
        yield piece;
      }
    } catch (error) {
      // The request's own error would only say that it broke off.
      unreadable = error;
      throw error;
    }
  }
  try {
    await engine.buildImage({
      image,
      context: ReadableStream.from(archive()),
      dockerfile: files.dockerfile,
      target,
      args,
      platform,
      registryConfig: auth?.header,
      onOutput: (lines) => progress.written(lines),
      signal: AbortSignal.any([stop, progress.stalled]),
    });
  } catch (error) {
    throw unreadable ?? error;
  }
}

/** Logs the last lines of a build that has failed; yields the error to throw. */
function explain(
  error: unknown,
  image: string,
  { progress: { lastLines, stalled }, context: { logger } }: {
    progress: BuildProgress;
    context: ImageContext;
  },
): unknown {
  const operation = `build the image "${image}"`;
  if (error instanceof BuildContextError) return new EngineError(operation, 400, error.message);
  if (lastLines.length > 0) {
    logger.log({
      severity: "error",
      source: "docker",
      message: `The build of the image "${image}" has failed; its last lines:\n${lastLines.join("\n")}`,
      data: { image },
    });
  }
  if (!stalled.aborted) return error;
  const reason = `it has written nothing for ${BUILD_STALL_TIMEOUT_MS / 60_000} min`;
  return new EngineError(operation, 504, reason);
}
