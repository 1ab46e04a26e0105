/** The Engine API as the commands for people use it: GET requests only. */
import { EngineCalls } from "../engine/calls.ts";
import type { EngineRequest } from "../engine/http/transport.ts";
import { unixTransport } from "../engine/http/unix_transport.ts";
import { ConfigError, EngineError, EngineUnreachableError } from "../errors.ts";

const PATIENCE_MS = 10_000;

export interface EngineQueries extends Disposable {
  /** The parsed answer to a GET; undefined for 404. `operation`: for the error message "Cannot …". */
  get<T>(
    operation: string,
    path: string,
    options?: Pick<EngineRequest, "query" | "headers">,
  ): Promise<T | undefined>;
}

export interface QueryOptions {
  readonly patienceMs?: number;
  /** The newest API version that will do, where what is read has changed since. */
  readonly newest?: string;
}

/**
 * `using engine = await connectQueries(socketPath)`. An engine that does not answer in time is unreachable; a question
 * that it passes on, as to a registry, is then refused.
 * @throws EngineUnreachableError, EngineError
 */
export async function connectQueries(
  socketPath: string,
  { patienceMs = PATIENCE_MS, newest }: QueryOptions = {},
): Promise<EngineQueries> {
  const transport = unixTransport(socketPath);
  const calls = new EngineCalls(socketPath, transport.send);
  const reason = `no answer within ${patienceMs / 1000} s`;
  try {
    await inTime(patienceMs, (signal) => calls.negotiate(signal, newest), (cause) => {
      return new EngineUnreachableError(socketPath, reason, true, { cause });
    });
  } catch (error) {
    transport[Symbol.dispose]();
    throw error;
  }
  return {
    get: <T>(operation: string, path: string, options: Pick<EngineRequest, "query" | "headers"> = {}) =>
      inTime(
        patienceMs,
        (signal) => calls.find<T>({ operation, method: "GET", path, ...options, signal }),
        () => new EngineError(operation, 504, reason),
      ),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** What `ask` yields, or rejects with; `late` makes the error for when it takes too long. */
async function inTime<T>(
  patienceMs: number,
  ask: (signal: AbortSignal) => Promise<T>,
  late: (cause: unknown) => Error,
): Promise<T> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    return await ask(signal);
  } catch (error) {
    throw signal.aborted ? late(error) : error;
  }
}

/** Whether an engine can not be asked, or refuses: DOCKER_HOST is wrong, nobody answers, or not with a success. */
export function isRefusal(error: unknown): error is ConfigError | EngineUnreachableError | EngineError {
  return [ConfigError, EngineUnreachableError, EngineError].some((kind) => error instanceof kind);
}
