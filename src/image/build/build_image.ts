/**
 * An image from a Dockerfile instead of a registry, by the command `docker build`. Loaded by a build only.
 * In: what is to be built. Out: the image in the engine; or why there is none, and the last lines of the build.
 * Source: https://docs.docker.com/reference/cli/docker/buildx/build/
 */
import type { ImageInspect } from "../../engine/api_types.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { saysRegistryUnreachable } from "../../engine/pull_image.ts";
import { ConfigError, EngineError, HostError, RegistryUnreachableError } from "../../errors.ts";
import { type ProgramEnd, runProgram } from "../../host/run_program.ts";
import type { ImageContext, WantedBuild, WantedImage } from "../wanted_image.ts";
import { BUILD_STALL_TIMEOUT_MS, BuildProgress } from "./build_progress.ts";
import { openDockerEnvironment } from "./docker_environment.ts";

const WITHOUT_DOCKER =
  'without the command "docker", which is in the package docker-cli (Debian 13 and newer), ' +
  "docker.io (Debian 12, Ubuntu) or docker-ce-cli (of Docker's own)";

/**
 * Yields the image that was built.
 * @throws EngineError, RegistryUnreachableError, with the command's reason; EngineUnreachableError
 * @throws ConfigError without the command; HostError
 */
export async function buildImage(
  wanted: WantedImage,
  build: WantedBuild,
  { engine, context }: { readonly engine: ContainerEngine; readonly context: ImageContext },
): Promise<ImageInspect | undefined> {
  const { image } = wanted;
  const { host, logger, notifier, stop } = context;
  using progress = new BuildProgress(image, notifier);
  await using environment = await openDockerEnvironment(engine.socketPath, context);
  const { credentialFiles, variables } = environment;
  logger.log({
    severity: "info",
    source: "docker",
    message: `Building the image "${image}"`,
    data: {
      image,
      context: build.context,
      dockerfile: build.dockerfile,
      target: build.target,
      credentials: credentialFiles.length === 0 ? undefined : credentialFiles,
    },
  });
  const end = await runProgram({
    argv: ["docker", ...buildArguments(wanted, build)],
    environment: variables,
    timeoutMs: Infinity,
    stop: AbortSignal.any([stop, progress.stalled]),
    onLines: progress.written,
  }, host).catch(() => undefined);
  stop.throwIfAborted();
  if (end?.statusCode !== 0) throw await explain(end, image, { progress, engine, context });
  const built = await engine.inspectImage(image, stop);
  if (built === undefined) {
    const reason =
      '"docker build" has ended well, but its image is not in the engine; does its builder keep it to itself?';
    throw new EngineError(`build the image "${image}"`, 404, reason);
  }
  logger.log({
    severity: "info",
    source: "docker",
    message: `The image "${image}" is built`,
    data: { image, id: built.Id, "took_seconds": progress.seconds },
  });
  return built;
}

/**
 * The image gets no label of ours: a container that somebody else makes of it would inherit the label, and be taken
 * for the service's own.
 */
function buildArguments(
  { image, platform }: WantedImage,
  { context, dockerfile, target, args, secrets = {}, cacheFrom = [] }: WantedBuild,
): string[] {
  return [
    "build",
    // Of the builder without BuildKit: the containers of its steps are removed, also when it fails.
    "--force-rm",
    `--tag=${image}`,
    `--file=${dockerfile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(platform === undefined ? [] : [`--platform=${platform}`]),
    ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
    // The values are CSV, in which a quote within quotes is written twice.
    ...Object.entries(secrets).map(([id, file]) => `--secret=${csv(`id=${id}`)},${csv(`src=${file}`)}`),
    ...cacheFrom.map((image) => `--cache-from=${image}`),
    context,
  ];
}

function csv(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

interface ExplainOptions {
  readonly progress: BuildProgress;
  readonly engine: ContainerEngine;
  readonly context: ImageContext;
}

/** Logs the last lines of a build that has failed; yields the error to throw. `end`: undefined where it stalled. */
async function explain(
  end: ProgramEnd | undefined,
  image: string,
  { progress: { lastLines, lastError }, engine, context: { logger, stop } }: ExplainOptions,
): Promise<Error> {
  const operation = `build the image "${image}"`;
  if (end !== undefined && end.statusCode === undefined && !end.isMissing) {
    return new HostError(`run "docker build"`, end.failure);
  }
  if (end?.isMissing) {
    const message = `Cannot ${operation} ${WITHOUT_DOCKER}: ${end.failure}`;
    return new ConfigError("build", [{ path: [], message }], message);
  }
  if (lastLines.length > 0) {
    logger.log({
      severity: "error",
      source: "docker",
      message: `The build of the image "${image}" has failed; its last lines:\n${lastLines.join("\n")}`,
      data: { image },
    });
  }
  if (end === undefined) {
    const reason = `it has written nothing for ${BUILD_STALL_TIMEOUT_MS / 60_000} min`;
    return new EngineError(operation, 504, reason);
  }
  // An engine that is away is another failure, which the command words in many ways.
  await engine.inspectImage(image, stop);
  const reason = lastError ?? `"docker build" has ended with exit code ${end.statusCode}`;
  // What an instruction that has failed says of connections is not about the image's registry.
  const isInstructions = /returned a non-zero code: \d+$|exit code: \d+$/.test(reason);
  const isRegistrys = !isInstructions && saysRegistryUnreachable(reason);
  return new (isRegistrys ? RegistryUnreachableError : EngineError)(operation, 200, reason);
}
