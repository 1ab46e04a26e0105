/** A stand-in for the engine that answers as a test says: for faults that a real engine does not show on demand. */
import { type TempDir, tempDir } from "./temp_dir.ts";

export type Answer = (request: Request) => Response | Promise<Response>;

export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

/** Serves on a unix socket until disposed of: `await using server = await EngineServer.start(answer)`. */
export class EngineServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.Addr>;

  private constructor(readonly dir: TempDir, answer: Answer) {
    this.#server = Deno.serve({ path: this.socketPath, onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      this.requests.push({
        method: request.method,
        path: pathname + search,
        body: await request.clone().text(),
      });
      return await answer(request);
    });
  }

  static async start(answer: Answer): Promise<EngineServer> {
    return new EngineServer(await tempDir(), answer);
  }

  get socketPath(): string {
    return `${this.dir.path}/engine.sock`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.dir[Symbol.asyncDispose]();
  }
}
