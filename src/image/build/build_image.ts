/**
 * An image from a Dockerfile instead of a registry. Loaded by a build only.
 * In: what is wanted. Out: the image in the engine, or why there is none, with the last lines that the build has written.
 */
import type { ImageInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { EngineError } from "../../errors.ts";
import type { ImageContext, WantedBuild, WantedImage } from "../wanted_image.ts";
import { type BuildAuth, findBuildAuth } from "../registry/build_auth.ts";
import { BuildContext, BuildContextError } from "./build_context.ts";
import { BuildProgress } from "./build_progress.ts";

interface BuildTools {
  readonly engine: ContainerEngine;
  readonly context: ImageContext;
}

/** @throws EngineError, RegistryUnreachableError, with the engine's reason */
export async function buildImage(
  wanted: WantedImage,
  build: WantedBuild,
  { engine, context }: BuildTools,
): Promise<ImageInspect | undefined> {
  const { image } = wanted;
  const { logger, notifier, stop } = context;
  using progress = new BuildProgress(image, notifier);
  try {
    const files = await BuildContext.open(build, context.host);
    const auth = await findBuildAuth(files.dockerfileText, build.args, context);
    logger.log({
      severity: "info",
      source: "docker",
      message: `Building the image "${image}"`,
      data: { image, ...whatIsBuilt(build, auth) },
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

function whatIsBuilt({ context, dockerfile, target }: WantedBuild, auth: BuildAuth | undefined) {
  return {
    context,
    dockerfile,
    ...(target === undefined ? {} : { target }),
    ...(auth === undefined ? {} : { credentials: auth.files }),
  };
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
      // Of which the request would only say that it broke off.
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

/** What is to be thrown; what the build has written before it failed is logged here. */
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
  return stalled.aborted ? new EngineError(operation, 504, stalled.reason.message) : error;
}
