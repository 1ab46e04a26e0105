/** A door before a registry: whoever connects waits until it is opened, or for ever. */
export class RegistryGate implements AsyncDisposable {
  /** Host and port as they stand in an image reference, e.g. `127.0.0.1:40001`. */
  readonly address: string;
  readonly #listener: Deno.TcpListener;
  readonly #connections: Deno.TcpConn[] = [];
  readonly #arrived = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<string | undefined>();
  readonly #work: Promise<void>[] = [];

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = `127.0.0.1:${this.#listener.addr.port}`;
    this.#work.push(this.#accept());
  }

  /** Settles when the engine stands before the door: it is pulling now. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Lets everybody through to the registry at this address. */
  open(registry: string): void {
    this.#opened.resolve(registry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened.resolve(undefined);
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#connections.push(client);
      this.#arrived.resolve();
      this.#work.push(this.#serve(client));
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const registry = await this.#opened.promise;
    if (registry === undefined) return;
    const [hostname, port] = registry.split(":");
    const upstream = await Deno.connect({ hostname: hostname as string, port: Number(port) });
    this.#connections.push(upstream);
    const copies = [client.readable.pipeTo(upstream.writable), upstream.readable.pipeTo(client.writable)];
    // Either side may leave first; the engine does, after trying TLS.
    await Promise.allSettled(copies);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
