/** An HTTP server on loopback that writes down what it is asked, and answers as a test wants it to. */

export interface Recorded {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly atMs: number;
}

export type Respond = (request: Recorded) => Response | Promise<Response>;

/** Runs until disposed: `await using server = new RecordingServer()`. */
export class RecordingServer implements AsyncDisposable {
  readonly requests: Recorded[] = [];
  respond: Respond = () => new Response("ok");
  readonly #waiting = new Set<() => void>();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #port = 0;

  constructor() {
    this.start();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again, at the same address. */
  start(): void {
    const options = { hostname: "127.0.0.1", port: this.#port, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const body = await request.text();
      const recorded = { method, path: pathname + search, headers, body, atMs: performance.now() };
      this.requests.push(recorded);
      const response = await this.respond(recorded);
      for (const wake of this.#waiting) wake();
      return response;
    });
    this.#port = this.#server.addr.port;
  }

  /** Nobody listens any more. */
  async stop(): Promise<void> {
    await this.#server?.shutdown();
    this.#server = undefined;
  }

  /** Resolves when there have been so many requests in all. @throws Error when that takes too long */
  async until(count: number, timeoutMs = 20_000): Promise<void> {
    const late = AbortSignal.timeout(timeoutMs);
    while (this.requests.length < count) {
      if (late.aborted) {
        const seen = this.requests.map(({ method, path, body }) => `${method} ${path} ${body.slice(0, 300)}`);
        throw new Error(`Waited for ${count} requests, there are ${seen.length}:\n${seen.join("\n")}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          late.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        late.addEventListener("abort", wake);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
