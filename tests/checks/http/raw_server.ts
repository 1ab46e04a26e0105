/** A server on loopback that sends the bytes it is told to: for what no well-behaved HTTP server does. */

export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Whether the server closes then, leaves that to the client, or resets the connection, unread requests and all. */
export type Ending = "closes" | "waits" | "resets";

export interface RawServerOptions {
  /** What is sent to a request for this path. */
  readonly answer: (path: string) => Pieces;
  readonly ending: Ending;
  /** Undefined: without TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

const PATIENCE_MS = 5000;

export class RawServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #accepting: Promise<void>;
  readonly #connections: Promise<void>[] = [];

  constructor(readonly options: RawServerOptions) {
    const address = { hostname: "127.0.0.1", port: 0 };
    const { certificate } = options;
    this.#listener = certificate === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...certificate });
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** @throws Error when a client has not closed its connections after a while */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("a connection was left open")), PATIENCE_MS);
    await Promise.race([Promise.all(this.#connections), late.promise]).finally(() => clearTimeout(timer));
  }

  async #accept(): Promise<void> {
    for (;;) {
      const connection = await this.#listener.accept().catch(() => undefined);
      if (connection === undefined) return;
      this.#connections.push(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const { answer, ending } = this.options;
    try {
      // With bytes in it that nobody has read, the kernel ends a connection by a reset.
      const path = ending === "resets" ? "/" : await readRequest(connection);
      for await (const piece of answer(path)) await writeAll(connection, piece);
      while (ending === "waits" && await connection.read(new Uint8Array(1024)) !== null);
    } catch {
      // The client has closed the connection.
    } finally {
      connection.close();
    }
  }
}

/** Reads one request with its body, so that a close is not a reset; yields the path. */
async function readRequest(connection: Deno.Conn): Promise<string> {
  let text = "";
  for (;;) {
    const [head, body] = text.split("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    if (body !== undefined && body.length >= length) return /^\S+ (\S+)/.exec(head ?? "")?.[1] ?? "";
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer);
    if (count === null) throw new Error("no request came");
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

async function writeAll(connection: Deno.Conn, piece: string | Uint8Array): Promise<void> {
  const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}
