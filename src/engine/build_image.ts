/**
 * A build: POST /build (ImageBuild). Without `version` in its query this is the builder that every engine has, which,
 * other than BuildKit's, needs no session.
 */
import { EngineError, RegistryUnreachableError } from "../errors.ts";
import type { BuildMessage } from "./api_types.ts";
import { readBuild } from "./build_output.ts";
import { type Call, type EngineCalls, FOR_EVER } from "./calls.ts";
import type { BuildOptions } from "./engine.ts";
import { saysRegistryUnreachable } from "./pull_image.ts";

/**
 * The image gets no label of ours: a container that somebody else makes of it would inherit the label, and be taken
 * for the service's own.
 * @throws RegistryUnreachableError; EngineError and the others of every call, also when they come after a 200
 */
export async function buildImage(calls: EngineCalls, options: BuildOptions): Promise<void> {
  const { image, context, dockerfile, target, args, platform, registryConfig, onOutput, signal } = options;
  const call: Call = {
    operation: `build the image "${image}"`,
    method: "POST",
    path: "/build",
    query: {
      t: image,
      dockerfile,
      buildargs: JSON.stringify(args),
      // The containers of its steps are removed, also when it fails.
      rm: "1",
      forcerm: "1",
      target,
      platform,
    },
    headers: { "Content-Type": "application/x-tar", "X-Registry-Config": registryConfig },
    body: context,
    signal,
    timeoutMs: FOR_EVER,
  };
  const body = await calls.stream(call);
  const failure = await calls.read(call, () => readBuild(body, onOutput));
  if (failure !== undefined) throw buildError(call.operation, failure);
}

function buildError(operation: string, { error, errorDetail }: BuildMessage): EngineError {
  const reason = errorDetail?.message ?? error ?? "the engine does not say why";
  // An exit code is that of an instruction: what it says of connections is not about the image's registry.
  const isRegistrys = !errorDetail?.code && saysRegistryUnreachable(reason);
  return new (isRegistrys ? RegistryUnreachableError : EngineError)(operation, 200, reason);
}
