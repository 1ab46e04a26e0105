/** The Engine API as the commands for people use it: GET requests only. */
import { EngineCalls } from "../engine/calls.ts";
import { unixTransport } from "../engine/http/unix_transport.ts";

const PATIENCE_MS = 10_000;

/** A connection to an engine: `using engine = await EngineQueries.connect(socketPath)`. */
export class EngineQueries implements Disposable {
  readonly #transport;
  readonly #calls: EngineCalls;

  private constructor(socketPath: string) {
    this.#transport = unixTransport(socketPath);
    this.#calls = new EngineCalls(socketPath, this.#transport.send);
  }

  /** @throws EngineUnreachableError, EngineError */
  static async connect(socketPath: string): Promise<EngineQueries> {
    const engine = new EngineQueries(socketPath);
    try {
      await engine.#calls.negotiate(AbortSignal.timeout(PATIENCE_MS));
      return engine;
    } catch (error) {
      engine[Symbol.dispose]();
      throw error;
    }
  }

  /** The parsed answer to a GET; undefined for 404. `operation`: for the error message "Cannot …". */
  async get<T>(
    operation: string,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T | undefined> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await this.#calls.find<T>({ operation, method: "GET", path, query, signal });
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}
