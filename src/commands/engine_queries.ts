/** The Engine API as the commands for people use it: GET requests only. */
import { EngineCalls } from "../engine/calls.ts";
import { unixTransport } from "../engine/http/unix_transport.ts";
import { ConfigError, EngineError, EngineUnreachableError } from "../errors.ts";

const PATIENCE_MS = 10_000;

export interface EngineQueries extends Disposable {
  /** The parsed answer to a GET; undefined for 404. `operation`: for the error message "Cannot …". */
  get<T>(operation: string, path: string, query?: Readonly<Record<string, string>>): Promise<T | undefined>;
}

/** `using engine = await connectQueries(socketPath)` @throws EngineUnreachableError, EngineError */
export async function connectQueries(socketPath: string): Promise<EngineQueries> {
  const transport = unixTransport(socketPath);
  const calls = new EngineCalls(socketPath, transport.send);
  try {
    await calls.negotiate(AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    transport[Symbol.dispose]();
    throw error;
  }
  return {
    get: (operation, path, query = {}) =>
      calls.find({ operation, method: "GET", path, query, signal: AbortSignal.timeout(PATIENCE_MS) }),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** Whether an engine can not be asked, or refuses: DOCKER_HOST is wrong, nobody answers, or not with a success. */
export function isRefusal(error: unknown): error is ConfigError | EngineUnreachableError | EngineError {
  return [ConfigError, EngineUnreachableError, EngineError].some((kind) => error instanceof kind);
}
