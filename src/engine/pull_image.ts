/** A pull: POST /images/create (ImageCreate). */
import { EngineError, RegistryUnreachableError } from "../errors.ts";
import { type Call, type EngineCalls, FOR_EVER } from "./calls.ts";
import type { PullOptions } from "./engine.ts";
import { readPull } from "./pull_progress.ts";

/** @throws RegistryUnreachableError; EngineError and the others of every call, also when they come after a 200 */
export async function pullImage(calls: EngineCalls, image: string, options: PullOptions): Promise<void> {
  const { repository, tag, platform, registryAuth, onProgress, signal } = options;
  const call: Call = {
    operation: `pull the image "${image}"`,
    method: "POST",
    path: "/images/create",
    query: { fromImage: repository, tag, platform },
    headers: { "X-Registry-Auth": registryAuth },
    signal,
    timeoutMs: FOR_EVER,
  };
  try {
    const body = await calls.stream(call);
    const failure = await calls.read(call, () => readPull(body, onProgress));
    if (failure !== undefined) throw new EngineError(call.operation, 200, failure);
  } catch (error) {
    if (error instanceof EngineError && saysRegistryUnreachable(error.reason)) {
      throw new RegistryUnreachableError(call.operation, error.httpStatus, error.reason);
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

/** Whether a registry has asked for other credentials: each says so in its own words and with its own status. */
export function saysLoginNeeded({ httpStatus, reason }: EngineError): boolean {
  return httpStatus === 401 || httpStatus === 403 ||
    /unauthorized|forbidden|(?<!permission )denied|HTTP 40[13]\b|authentication required|authorization required|no basic auth credentials/i
      .test(reason);
}
