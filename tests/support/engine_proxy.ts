/**
 * Stands between the program and the engine and holds one exchange, so that a test can act at exactly that moment.
 * The bytes pass unchanged; both sides are the real ones.
 */

export interface EngineProxyOptions {
  /** A folder for the proxy's socket. */
  readonly dir: string;
  readonly engineSocket: string;
  /** The request to hold, by method and path, e.g. `/^POST .*\/start$/`. Only one that fits is held. */
  readonly request: RegExp;
  /** How many that fit pass before; 0. */
  readonly skip?: number;
  /** Hold it before the engine sees it, or hold what the engine answers. */
  readonly hold: "request" | "answer";
}

/** Listens until disposed: `await using proxy = new EngineProxy({ … })`. */
export class EngineProxy implements AsyncDisposable {
  readonly socketPath: string;
  readonly #options: EngineProxyOptions;
  readonly #listener: Deno.UnixListener;
  readonly #pipes: Promise<void>[] = [];
  readonly #connections: Deno.UnixConn[] = [];
  readonly #held = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly #answered = Promise.withResolvers<void>();
  #holding: Deno.UnixConn | undefined;
  #skipped = 0;

  constructor(options: EngineProxyOptions) {
    this.#options = options;
    this.socketPath = `${options.dir}/proxy.sock`;
    this.#listener = Deno.listen({ transport: "unix", path: this.socketPath });
    this.#pipes.push(this.#accept());
  }

  /** Settles when the exchange to hold has come and is held. */
  get held(): Promise<void> {
    return this.#held.promise;
  }

  /** Lets the exchange go on; settles when the engine has answered it. */
  async release(): Promise<void> {
    this.#released.resolve();
    await this.#answered.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.resolve();
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await Promise.all(this.#pipes);
  }

  async #accept(): Promise<void> {
    for await (const program of this.#listener) {
      const engine = await Deno.connect({ transport: "unix", path: this.#options.engineSocket });
      this.#connections.push(program, engine);
      this.#pipes.push(this.#pipeRequests(program, engine), this.#pipeAnswers(engine, program));
    }
  }

  async #pipeRequests(program: Deno.UnixConn, engine: Deno.UnixConn): Promise<void> {
    await pipe(program, engine, async (chunk) => {
      if (this.#holding !== undefined || !this.#options.request.test(requestLine(chunk))) return;
      if (this.#skipped++ < (this.#options.skip ?? 0)) return;
      this.#holding = engine;
      if (this.#options.hold === "answer") return;
      this.#held.resolve();
      await this.#released.promise;
    });
    // What the engine still has to say has no reader any more, but it has to have been said.
    await engine.closeWrite().catch(() => {});
  }

  async #pipeAnswers(engine: Deno.UnixConn, program: Deno.UnixConn): Promise<void> {
    await pipe(engine, program, async () => {
      if (this.#holding !== engine) return;
      this.#held.resolve();
      await this.#released.promise;
      this.#answered.resolve();
    });
    if (this.#holding === engine) this.#answered.resolve();
    closeQuietly(program);
    closeQuietly(engine);
  }
}

/** Copies bytes until one side is gone; `before` may delay each chunk. */
async function pipe(
  from: Deno.UnixConn,
  to: Deno.UnixConn,
  before: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let writable = true;
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const chunk = buffer.subarray(0, count);
      await before(chunk);
      for (let sent = 0; sent < count && writable;) {
        sent += await to.write(chunk.subarray(sent)).catch(() => (writable = false, 0));
      }
    }
  } catch {
    // Either side may leave at any time; that is part of what is tested.
  }
}

/** `POST http://docker/v1.41/containers/create?name=web HTTP/1.1` → `POST /v1.41/containers/create`. */
function requestLine(chunk: Uint8Array): string {
  const line = new TextDecoder().decode(chunk.subarray(0, 2_000)).split("\r\n")[0] as string;
  const [method, target] = line.split(" ");
  return `${method} ${(target ?? "").replace(/^http:\/\/[^/]*/, "").replace(/\?.*/, "")}`;
}

function closeQuietly(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
