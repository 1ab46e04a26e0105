/**
 * Stands between the program and the engine and cuts answers off, each after as many bytes as the test says.
 * In: requests. Out: what the real engine answers, up to the cut.
 */
import { type TempDir, tempDir } from "./temp_dir.ts";

export interface CuttingProxyOptions {
  readonly engineSocket: string;
  /** Asked for each connection with its first request, e.g. `GET /v1.41/containers/…/logs?… HTTP/1.1`; undefined: no cut. */
  readonly cutAfter: (requestLine: string) => number | undefined;
  /** Gets each piece of an answer before it is passed on; valid during the call only. */
  readonly onAnswer?: (bytes: Uint8Array) => void;
}

/** Listens until disposed: `await using proxy = await CuttingProxy.start({ … })`. */
export class CuttingProxy implements AsyncDisposable {
  /** How many answers have been cut. */
  cuts = 0;
  readonly #listener: Deno.UnixListener;
  readonly #connections = new Set<Deno.UnixConn>();
  readonly #pipes: Promise<void>[] = [];

  private constructor(readonly dir: TempDir, readonly options: CuttingProxyOptions) {
    this.#listener = Deno.listen({ transport: "unix", path: this.socketPath });
    this.#pipes.push(this.#accept());
  }

  static async start(options: CuttingProxyOptions): Promise<CuttingProxy> {
    return new CuttingProxy(await tempDir(), options);
  }

  get socketPath(): string {
    return `${this.dir.path}/cutting.sock`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) this.#close(connection);
    await Promise.all(this.#pipes);
    await this.dir[Symbol.asyncDispose]();
  }

  async #accept(): Promise<void> {
    for await (const program of this.#listener) {
      const engine = await Deno.connect({ transport: "unix", path: this.options.engineSocket });
      this.#connections.add(program).add(engine);
      this.#pipes.push(this.#serve(program, engine));
    }
  }

  async #serve(program: Deno.UnixConn, engine: Deno.UnixConn): Promise<void> {
    const first = Promise.withResolvers<string>();
    const requests = this.#copy(program, engine, (chunk) => {
      first.resolve(new TextDecoder().decode(chunk).split("\r\n")[0] ?? "");
      return chunk.length;
    });
    const firstLine = Promise.race([first.promise, requests.then(() => "")]);
    let left = this.options.cutAfter(await firstLine) ?? Infinity;
    await this.#copy(engine, program, (chunk) => {
      this.options.onAnswer?.(chunk);
      const length = Math.min(left, chunk.length);
      left -= length;
      if (length < chunk.length) this.cuts++;
      return length;
    });
    this.#close(program);
    this.#close(engine);
    await requests;
  }

  /** Until one side is gone, or `take` takes less than there is. */
  async #copy(from: Deno.UnixConn, to: Deno.UnixConn, take: (chunk: Uint8Array) => number): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        const length = take(buffer.subarray(0, count));
        for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
        if (length < count) return;
      }
    } catch {
      // Either side may leave at any time.
    }
  }

  #close(connection: Deno.UnixConn): void {
    if (this.#connections.delete(connection)) connection.close();
  }
}
