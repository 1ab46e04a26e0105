/**
 * A build: POST /build (ImageBuild) without `version`, which is the builder that every engine has, and which needs
 * no session (as BuildKit's does).
 */
import { EngineError, EngineUnreachableError, RegistryUnreachableError } from "../errors.ts";
import type { BuildMessage } from "./api_types.ts";
import { readBuild } from "./build_output.ts";
import { type EngineCalls, FOR_EVER } from "./calls.ts";
import type { BuildOptions } from "./engine.ts";
import { saysRegistryUnreachable } from "./pull_image.ts";

/**
 * The image gets no label of ours: a container that somebody else makes of it would inherit that, and be taken for
 * the service's own.
 */
export async function buildImage(calls: EngineCalls, options: BuildOptions): Promise<void> {
  const { image, context, dockerfile, target, args, platform, registryConfig, onOutput, signal } = options;
  const operation = `build the image "${image}"`;
  const response = await calls.call({
    operation,
    method: "POST",
    path: "/build",
    query: {
      t: image,
      dockerfile,
      buildargs: JSON.stringify(args),
      // Whatever comes of a step, its container goes.
      rm: "1",
      forcerm: "1",
      ...(target === undefined ? {} : { target }),
      ...(platform === undefined ? {} : { platform }),
    },
    headers: {
      "Content-Type": "application/x-tar",
      ...(registryConfig === undefined ? {} : { "X-Registry-Config": registryConfig }),
    },
    body: context,
    signal,
    timeoutMs: FOR_EVER,
  });
  const failure = await readAnswer(response).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new EngineUnreachableError(calls.socketPath, "the connection broke off during the build", true, {
      cause,
    });
  });
  if (failure !== undefined) throw buildError(operation, response.status, failure);

  async function readAnswer({ body }: Response): Promise<BuildMessage | undefined> {
    return body === null ? undefined : await readBuild(body, onOutput);
  }
}

function buildError(
  operation: string,
  httpStatus: number,
  { error, errorDetail }: BuildMessage,
): EngineError {
  const reason = errorDetail?.message ?? error ?? "the engine does not say why";
  // With an exit code it is an instruction that failed, whatever it was about.
  const isRegistrys = !errorDetail?.code && saysRegistryUnreachable(reason);
  return new (isRegistrys ? RegistryUnreachableError : EngineError)(operation, httpStatus, reason);
}
