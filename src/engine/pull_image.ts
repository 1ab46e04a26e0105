/** A pull: POST /images/create (ImageCreate). */
import { EngineError, RegistryUnreachableError } from "../errors.ts";
import { type EngineCalls, FOR_EVER } from "./calls.ts";
import type { PullOptions } from "./engine.ts";
import { readPull } from "./pull_progress.ts";

export async function pullImage(calls: EngineCalls, image: string, options: PullOptions): Promise<void> {
  const { repository, tag, platform, registryAuth, onProgress, signal } = options;
  const operation = `pull the image "${image}"`;
  try {
    const response = await calls.call({
      operation,
      method: "POST",
      path: "/images/create",
      query: { fromImage: repository, tag, ...(platform === undefined ? {} : { platform }) },
      ...(registryAuth === undefined ? {} : { headers: { "X-Registry-Auth": registryAuth } }),
      signal,
      timeoutMs: FOR_EVER,
    });
    const failure = response.body === null ? undefined : await readPull(response.body, onProgress);
    if (failure !== undefined) throw new EngineError(operation, response.status, failure);
  } catch (error) {
    if (error instanceof EngineError && saysRegistryUnreachable(error.reason)) {
      throw new RegistryUnreachableError(operation, error.httpStatus, error.reason);
    }
    throw error;
  }
}

/**
 * The engine answers 500 both when a registry refuses and when it can not be reached; only the text differs:
 * that of Go's net and net/http packages, which the engine passes on.
 */
export function saysRegistryUnreachable(reason: string): boolean {
  return /dial tcp|no such host|i\/o timeout|connection refused|TLS handshake timeout|Client\.Timeout|context deadline exceeded/
    .test(reason);
}
