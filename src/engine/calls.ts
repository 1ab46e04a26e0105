/**
 * Calls of the Docker Engine API.
 * In: an operation of the API, by its path without the version. Out: its answer, which is a success; each call is
 * made at the version that was agreed on, ends in time, and fails in the engine's own words.
 */
import { EngineError, EngineUnreachableError } from "../errors.ts";
import type { Instant } from "../logging/log_record.ts";
import { after } from "../timers.ts";
import { engineError, type EngineRequest, type Transport } from "./http/transport.ts";

const OLDEST_API_VERSION = "1.41";
const NEWEST_API_VERSION = "1.52";

/** For calls that the engine answers from memory. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Creating copies an image's content into fresh volumes, removing deletes what may be many files. */
export const DISK_TIMEOUT_MS = 300_000;
/** For calls that wait for something: only their signal ends them. */
export const FOR_EVER = Infinity;

export interface Call extends Omit<EngineRequest, "path"> {
  /** What is asked for, e.g. `start the container`: an error says "Cannot start the container: …". */
  readonly operation: string;
  /** Without the version, e.g. `/containers/web/json`; names in it by `encodePath`. */
  readonly path: string;
  /** How long the head of the answer may take; the body may take longer. 30 s unless given. */
  readonly timeoutMs?: number;
  /** Statuses that are no failure, beside 2xx. */
  readonly expected?: readonly number[];
}

/**
 * The ways to make a call; they differ in what becomes of the answer.
 * All throw EngineError when the engine refuses, EngineUnreachableError when there is no answer, it is late or its
 * connection breaks off, and the reason of the call's signal when that is aborted.
 */
export class EngineCalls {
  #version = OLDEST_API_VERSION;

  constructor(readonly socketPath: string, readonly transport: Transport) {}

  /** GET /_ping (SystemPing). Yields the version of all further calls: the newest that the engine knows, up to `newest`. */
  async negotiate(signal: AbortSignal, newest: string = NEWEST_API_VERSION): Promise<string> {
    const operation = "agree on an API version with the engine";
    const response = await this.#exchange({ operation, method: "GET", path: "/_ping", signal }, "/_ping");
    await response.body?.cancel();
    const offered = response.headers.get("Api-Version") ?? "";
    if (!/^\d+\.\d+$/.test(offered) || compareVersions(offered, OLDEST_API_VERSION) < 0) {
      const reason =
        `it speaks API version "${offered}", at least ${OLDEST_API_VERSION} (Docker 20.10) is needed`;
      throw new EngineError(operation, response.status, reason);
    }
    this.#version = compareVersions(offered, newest) < 0 ? offered : newest;
    return this.#version;
  }

  /** The answer as it is, its body still to be read. */
  call(call: Call): Promise<Response> {
    return this.#exchange(call, `/v${this.#version}${call.path}`);
  }

  /** For an operation that says no more than that it is done. */
  async run(call: Call): Promise<void> {
    await (await this.call(call)).body?.cancel();
  }

  /** The answer's JSON. */
  async ask<T>(call: Call): Promise<T> {
    const response = await this.call(call);
    return await this.read(call, () => response.json());
  }

  /** The answer's JSON; undefined where the engine has no such thing (404). */
  async find<T>(call: Call): Promise<T | undefined> {
    const response = await this.call({ ...call, expected: [404] });
    if (response.status !== 404) return await this.read(call, () => response.json());
    await response.body?.cancel();
    return undefined;
  }

  /** The answer's body, piece by piece. A connection that breaks off is an error of the stream, of any class. */
  async stream(call: Call): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.call(call);
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /** What `readBody` makes of an answer's body. Whatever it rejects with, the connection has broken off. */
  async read<T>({ operation, signal }: Call, readBody: () => Promise<T>): Promise<T> {
    try {
      return await readBody();
    } catch (cause) {
      signal.throwIfAborted();
      const reason = `the connection broke off during the request to ${operation}`;
      throw new EngineUnreachableError(this.socketPath, reason, true, { cause });
    }
  }

  async #exchange(call: Call, path: string): Promise<Response> {
    const { operation, timeoutMs = ANSWER_TIMEOUT_MS, expected = [], ...request } = call;
    const late = new AbortController();
    using _ = timeoutMs === FOR_EVER ? undefined : after(timeoutMs, () => late.abort());
    try {
      const signal = AbortSignal.any([request.signal, late.signal]);
      const response = await this.transport({ ...request, path, signal });
      if (response.ok || expected.includes(response.status)) return response;
      throw await engineError(operation, response);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      const reason = `no answer within ${timeoutMs / 1000} s to the request to ${operation}`;
      throw new EngineUnreachableError(this.socketPath, reason, true, { cause: error });
    }
  }
}

/** A name as a part of a path. The slashes of an image reference stay, as the API's routes want it. */
export function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** `since` of a log: as seconds since 1970, to the nanosecond. */
export function logSince({ seconds, nanos }: Instant): string {
  return `${seconds}.${String(nanos).padStart(9, "0")}`;
}

/** Negative if the API version `a` is older than `b`; both like `1.41`. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}
