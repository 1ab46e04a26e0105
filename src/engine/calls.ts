/** Calls of the Docker Engine API: at the version that was agreed on, within their time, failures in the engine's words. */
import { EngineError, EngineUnreachableError } from "../errors.ts";
import { engineError, type EngineRequest, type Transport } from "./http/transport.ts";

const OLDEST_API_VERSION = "1.41";
const NEWEST_API_VERSION = "1.51";

/** For calls that the engine answers out of its own head; those that wait for something have the signal only. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Creating copies an image's content into fresh volumes, removing deletes what may be many files. */
export const DISK_TIMEOUT_MS = 300_000;
/** For calls that take as long as they take; their signal ends them. */
export const FOR_EVER = Infinity;

export interface Call extends Omit<EngineRequest, "path"> {
  /** What is asked for, as it goes into an error: "Cannot …". */
  readonly operation: string;
  /** Without the version. */
  readonly path: string;
  /** Until the head of the answer is there; the body may take longer. */
  readonly timeoutMs?: number;
  /** Statuses that are no failure, beside 2xx. */
  readonly expected?: readonly number[];
}

export class EngineCalls {
  #version = OLDEST_API_VERSION;

  constructor(readonly socketPath: string, readonly transport: Transport) {}

  async negotiate(signal: AbortSignal): Promise<string> {
    const operation = "agree on an API version with the engine";
    const response = await this.#exchange({ operation, method: "GET", path: "/_ping", signal }, "/_ping");
    await response.body?.cancel();
    const offered = response.headers.get("Api-Version") ?? "";
    if (!/^\d+\.\d+$/.test(offered) || compareVersions(offered, OLDEST_API_VERSION) < 0) {
      const reason =
        `it speaks API version "${offered}", at least ${OLDEST_API_VERSION} (Docker 20.10) is needed`;
      throw new EngineError(operation, response.status, reason);
    }
    this.#version = compareVersions(offered, NEWEST_API_VERSION) < 0 ? offered : NEWEST_API_VERSION;
    return this.#version;
  }

  call(call: Call): Promise<Response> {
    return this.#exchange(call, `/v${this.#version}${call.path}`);
  }

  async #exchange(call: Call, path: string): Promise<Response> {
    const { operation, timeoutMs = ANSWER_TIMEOUT_MS, expected = [], ...request } = call;
    const late = new AbortController();
    const timer = timeoutMs === FOR_EVER ? undefined : setTimeout(() => late.abort(), timeoutMs);
    try {
      const signal = AbortSignal.any([request.signal, late.signal]);
      const response = await this.transport({ ...request, path, signal });
      if (response.ok || expected.includes(response.status)) return response;
      throw await engineError(operation, response);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      const reason = `no answer within ${timeoutMs / 1000} s to the request to ${operation}`;
      throw new EngineUnreachableError(this.socketPath, reason, true, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Negative if `a` is older than `b`; both like `1.41`. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}

/** The answer to a call that expects 404, parsed. */
export async function bodyUnless404<T>(response: Response): Promise<T | undefined> {
  if (response.status !== 404) return await response.json() as T;
  await response.body?.cancel();
  return undefined;
}
