/**
 * A registry, by default the one of the test run, as a port of the host's loopback, and as slow as a test wants it.
 * The bytes go: port on the host → systemd-socket-proxyd → socket in the exchange folder → here → registry.
 */
import type { RegistryAccount } from "../../support/engine_api.ts";
import { pushImage } from "../../support/registry.ts";
import { BASE_IMAGE, buildImage } from "../../support/images.ts";
import { testEngine, testRegistry } from "../../support/test_engine.ts";
import { EXCHANGE, type Host } from "./host.ts";

export interface RegistryOptions {
  /** Another one, by its address on this machine. */
  readonly address?: string;
  /** On the host; by default any. With one port on several hosts, an image has the same name on all of them. */
  readonly port?: number;
  /** Who may push to it. */
  readonly account?: RegistryAccount;
  /** What the registry sends, at most; by default as fast as it can. */
  readonly bytesPerSecond?: number;
  /** After so many bytes it sends no more, but keeps the connection; 0 for one that does not answer at all. */
  readonly stallsAfterBytes?: number;
}

/** Such an answer is in one piece, so that a layer comes in many small steps. */
const LARGEST_CHUNK_BYTES = 8_192;

const SOCKET_UNIT = "[Socket]\nListenStream=127.0.0.1:%i\n";
const SERVICE_UNIT = `[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd ${EXCHANGE}/%i.sock\n`;

/** Listens until disposed: `await using registry = await HostRegistry.open(host)`. */
export class HostRegistry implements AsyncDisposable {
  readonly #connections: (Deno.UnixConn | Deno.TcpConn)[] = [];
  readonly #work: Promise<unknown>[] = [];
  #sentBytes = 0;

  private constructor(
    readonly host: Host,
    readonly port: number,
    readonly listener: Deno.UnixListener,
    readonly options: RegistryOptions,
  ) {
    this.#work.push(this.#accept());
  }

  static async open(host: Host, options: RegistryOptions = {}): Promise<HostRegistry> {
    const { port = 20_000 + Math.floor(Math.random() * 10_000) } = options;
    const listener = Deno.listen({ transport: "unix", path: `${host.exchange}/${port}.sock` });
    await host.write("/run/systemd/system/e2e-relay@.socket", SOCKET_UNIT);
    await host.write("/run/systemd/system/e2e-relay@.service", SERVICE_UNIT);
    await host.systemctl("daemon-reload");
    await host.systemctl("start", `e2e-relay@${port}.socket`);
    return new HostRegistry(host, port, listener, options);
  }

  /** Pushes an image of busybox that no engine has seen before; yields the reference to pull it by on the host. */
  async pushNewImage(): Promise<string> {
    const name = `app-${crypto.randomUUID().slice(0, 8)}`;
    const engine = testEngine();
    const source = `service_runner-e2e/${name}:latest`;
    const files = { "/name": name };
    await buildImage(engine, source, { ...BASE_IMAGE, files });
    const { account } = this.options;
    await pushImage(engine, { source, registry: this.#address, name, ...(account && { account }) });
    await engine.removeImage(source);
    return `127.0.0.1:${this.port}/${name}`;
  }

  get #address(): string {
    return this.options.address ?? testRegistry();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const relay = `e2e-relay@${this.port}`;
    await this.host.systemctl("stop", `${relay}.socket`, `${relay}.service`);
    this.listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await Promise.allSettled(this.#work);
  }

  async #accept(): Promise<void> {
    const [hostname, port] = this.#address.split(":");
    for await (const client of this.listener) {
      const registry = await Deno.connect({ hostname: hostname as string, port: Number(port) });
      this.#connections.push(client, registry);
      const copies = [client.readable.pipeTo(registry.writable), this.#answer(registry, client)];
      // Either side may leave first; the engine does when a pull is given up.
      this.#work.push(Promise.allSettled(copies));
    }
  }

  async #answer(registry: Deno.TcpConn, client: Deno.UnixConn): Promise<void> {
    const { bytesPerSecond = Infinity, stallsAfterBytes = Infinity } = this.options;
    const buffer = new Uint8Array(LARGEST_CHUNK_BYTES);
    for (let count = await registry.read(buffer); count !== null; count = await registry.read(buffer)) {
      if (this.#sentBytes + count > stallsAfterBytes) return;
      this.#sentBytes += count;
      await new Promise((resolve) => setTimeout(resolve, count / bytesPerSecond * 1000));
      for (let sent = 0; sent < count;) sent += await client.write(buffer.subarray(sent, count));
    }
    await client.closeWrite();
  }
}

function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
