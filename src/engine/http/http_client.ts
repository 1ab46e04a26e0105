/**
 * HTTP/1.1 on a connection of its own, for the two things that `fetch` does badly, or not at all.
 * - A container's output: `fetch` hands over 8 KiB of the live stream at a time, each in a buffer that is allocated
 *   for it, and of the engine's log one chunk, where a read of the socket returns hundreds. That costs more than all
 *   that is then done with the bytes.
 * - A command in a container that is given something to read: its connection is upgraded to raw bytes (Docker Engine
 *   API, "Hijacking").
 *
 * In: a connection and a request. Out: a Response whose body comes in pieces as large as the reads. Source: RFC 9112.
 */
import { EngineUnreachableError } from "../../errors.ts";
import { concat } from "../../host/byte_buffer.ts";
import { BodyDecoder, bodyLength } from "./body_decoder.ts";
import type { EngineRequest } from "./transport.ts";

/** What is needed of a socket. */
export interface Connection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

export interface ConnectionRequest extends Pick<EngineRequest, "method" | "stdin" | "signal"> {
  /** For the error. */
  readonly socketPath: string;
  /** The path with its query, e.g. `/v1.41/containers/web/logs?follow=1` */
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | undefined;
}

/** The engine writes an entry of its log at a time, and the kernel holds some 30 KiB of them until they are read. */
const BUFFER_BYTES = 64 * 1024;
/** A read that brings less than this is followed by a moment's rest, so that the next one brings more. */
const SHORT_READ_BYTES = 4 * 1024;
/** In this time the engine, at full pace, writes as much as the kernel holds. */
const REST_MS = 1;
const HEAD_END = "\r\n\r\n";
const SWITCHING_PROTOCOLS = 101;
const BODYLESS = [204, 205, 304];

/**
 * Resolves once the head of the answer is there; an upgrade (101) is a 200 whose body goes on until the engine closes
 * the connection. A piece of the body of a 2xx is valid until the next one is asked for: they share one buffer.
 * The connection is closed at the end of the body, when that is cancelled, on a failure, and by the signal.
 * @throws EngineUnreachableError, as does the body; the signal's reason when it is aborted
 */
export async function exchangeOn(connection: Connection, request: ConnectionRequest): Promise<Response> {
  const exchange = new HttpExchange(connection, request);
  try {
    return await exchange.begin();
  } catch (error) {
    throw exchange.fail(error);
  }
}

class HttpExchange {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** What has been read and not been used is `#buffer[#from, #to)`. */
  #from = 0;
  #to = 0;
  #isClosed = false;
  #wasShort = false;
  readonly #onAbort = () => this.close();

  constructor(readonly connection: Connection, readonly request: ConnectionRequest) {
    request.signal.addEventListener("abort", this.#onAbort);
  }

  close(): void {
    this.request.signal.removeEventListener("abort", this.#onAbort);
    if (!this.#isClosed) this.connection.close();
    this.#isClosed = true;
  }

  /** Closes the connection; yields what is to be thrown. */
  fail(cause: unknown): unknown {
    this.close();
    const { signal, socketPath } = this.request;
    if (signal.aborted) return signal.reason;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new EngineUnreachableError(socketPath, reason, true, { cause });
  }

  async begin(): Promise<Response> {
    const { stdin, signal } = this.request;
    // Also when that happened while the connection was made, before anybody listened.
    signal.throwIfAborted();
    await this.#write(encodeRequest(this.request));
    for (;;) {
      const { status, headers } = parseHead(await this.#readHead());
      const isUpgraded = status === SWITCHING_PROTOCOLS;
      // An interim answer: the real one is going to follow.
      if (status < 200 && !isUpgraded) continue;
      const isSuccess = status < 300;
      // Whether the program reads it all is its own affair, and says nothing about its output.
      if (isSuccess && stdin !== undefined) this.#writeToEnd(stdin).catch(() => {});
      if (BODYLESS.includes(status)) {
        this.close();
        return new Response(null, { status, headers });
      }
      const body = new BodyDecoder(isUpgraded ? "until_close" : bodyLength(headers));
      // A Response can not have the status 101.
      return new Response(this.#stream(body, isSuccess), { status: isUpgraded ? 200 : status, headers });
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
  }

  async #writeToEnd(stdin: Uint8Array): Promise<void> {
    await this.#write(stdin);
    await this.connection.closeWrite();
  }

  async #readHead(): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#buffer.subarray(this.#from, this.#to));
      const end = text.indexOf(HEAD_END);
      if (end !== -1) {
        this.#from += end + HEAD_END.length;
        return text.slice(0, end);
      }
      if (this.#to === this.#buffer.length) throw new Error("the head of the answer has no end");
      const count = await this.connection.read(this.#buffer.subarray(this.#to));
      if (count === null) throw new Error("the connection broke off in the head of the answer");
      this.#to += count;
    }
  }

  #stream(body: BodyDecoder, sharesBuffer: boolean): ReadableStream<Uint8Array<ArrayBuffer>> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      try {
        const length = await this.#readBody(body);
        if (length > 0) {
          const piece = this.#buffer.subarray(0, length);
          controller.enqueue(sharesBuffer ? piece : piece.slice());
        }
        if (!body.isOver) return;
        this.close();
        controller.close();
      } catch (error) {
        throw this.fail(error);
      }
    };
    // Read when somebody asks, not ahead: the buffer holds one piece.
    return new ReadableStream({ pull, cancel: () => this.close() }, { highWaterMark: 0 });
  }

  /** Fills the buffer from its beginning with bytes of the body; yields how many, 0 at the end. */
  async #readBody(body: BodyDecoder): Promise<number> {
    this.request.signal.throwIfAborted();
    for (;;) {
      const length = body.decode(this.#buffer, this.#from, this.#to);
      this.#from = this.#to = 0;
      if (length > 0 || body.isOver) return length;
      if (this.#wasShort) await rest();
      const count = await this.connection.read(this.#buffer);
      if (count === null) {
        body.end();
        return 0;
      }
      this.#to = count;
      this.#wasShort = count < SHORT_READ_BYTES;
    }
  }
}

/** Each read, and what follows from it, costs as much as hundreds of lines: at full pace there would be ten in each. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}

function encodeRequest({ method, target, headers = [], body, stdin }: ConnectionRequest): Uint8Array {
  const content = new TextEncoder().encode(body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: docker",
    ...(stdin === undefined ? ["Connection: close"] : ["Connection: Upgrade", "Upgrade: tcp"]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(method === "GET" ? [] : [`Content-Length: ${content.length}`]),
  ];
  return concat([new TextEncoder().encode(lines.join("\r\n") + HEAD_END), content]);
}

function parseHead(head: string): { status: number; headers: Headers } {
  const [statusLine = "", ...lines] = head.split("\r\n");
  const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error(`the answer is no HTTP: "${statusLine.slice(0, 80)}"`);
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}
