/**
 * An exec whose program is given something to read: ExecStart on a connection that is upgraded to raw bytes
 * (Docker Engine API, "Hijacking"), which `fetch` does not do.
 * In: a connection, a request, the input. Out: a Response whose body is the output as frames, up to its end.
 */

/** What is needed of a socket. */
export interface DuplexConnection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

export interface UpgradeRequest {
  /** e.g. `/v1.41/exec/0123/start` */
  readonly target: string;
  /** JSON */
  readonly body: string;
  readonly stdin: Uint8Array;
  /** Closes the connection, at any time. */
  readonly signal: AbortSignal;
}

const BUFFER_BYTES = 16 * 1024;
const HEAD_LIMIT_BYTES = 64 * 1024;
const SWITCHING_PROTOCOLS = 101;

/** The connection is closed at the end of the body, when that is cancelled, and by the signal. */
export async function upgradedExchange(
  connection: DuplexConnection,
  request: UpgradeRequest,
): Promise<Response> {
  const exchange = new UpgradedExchange(connection, request.signal);
  try {
    return await exchange.begin(request);
  } catch (error) {
    exchange.close();
    throw error;
  }
}

class UpgradedExchange {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #onAbort = () => this.close();
  #isClosed = false;

  constructor(readonly connection: DuplexConnection, readonly signal: AbortSignal) {
    signal.addEventListener("abort", this.#onAbort);
  }

  close(): void {
    this.signal.removeEventListener("abort", this.#onAbort);
    if (!this.#isClosed) this.connection.close();
    this.#isClosed = true;
  }

  async begin({ target, body, stdin, signal }: UpgradeRequest): Promise<Response> {
    signal.throwIfAborted();
    const content = new TextEncoder().encode(body);
    const head = `POST ${target} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${content.length}\r\n\r\n`;
    await this.#write(new TextEncoder().encode(head));
    await this.#write(content);
    const { text, rest } = await this.#readHead();
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    // Without an upgrade the bytes follow all the same; a Response can not have the status 101.
    if (status === SWITCHING_PROTOCOLS || status === 200) {
      // Whether the program reads it all is its own affair, and says nothing about its output.
      this.#send(stdin).catch(() => {});
      return new Response(this.#frames(rest), { status: 200 });
    }
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    return new Response(await this.#readExactly(rest, length), { status });
  }

  async #send(stdin: Uint8Array): Promise<void> {
    await this.#write(stdin);
    await this.connection.closeWrite();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
  }

  /** A copy of what comes next; undefined at the end. */
  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const count = await this.connection.read(this.#buffer);
    return count === null ? undefined : this.#buffer.slice(0, count);
  }

  async #readHead(): Promise<{ text: string; rest: Uint8Array<ArrayBuffer> }> {
    let bytes = new Uint8Array();
    while (bytes.length < HEAD_LIMIT_BYTES) {
      const piece = await this.#read();
      if (piece === undefined) break;
      bytes = joined(bytes, piece);
      const text = new TextDecoder("latin1").decode(bytes);
      const end = text.indexOf("\r\n\r\n");
      if (end !== -1) return { text: text.slice(0, end), rest: bytes.slice(end + 4) };
    }
    throw new Error("the connection broke off in the head of the answer");
  }

  async #readExactly(rest: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array<ArrayBuffer>> {
    let bytes = rest;
    while (bytes.length < length) {
      const piece = await this.#read();
      if (piece === undefined) break;
      bytes = joined(bytes, piece);
    }
    this.close();
    return bytes;
  }

  #frames(rest: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start: (controller) => {
        if (rest.length > 0) controller.enqueue(rest);
      },
      pull: async (controller) => {
        try {
          const piece = await this.#read();
          if (piece !== undefined) return controller.enqueue(piece);
          controller.close();
        } catch (error) {
          controller.error(this.signal.aborted ? this.signal.reason : error);
        }
        this.close();
      },
      cancel: () => this.close(),
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
