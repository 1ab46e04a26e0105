/**
 * One HTTP/1.1 exchange on a connection of its own: for the container's output. `fetch` hands over one chunk of the
 * engine's log at a time, where a read of the socket returns hundreds; and 8 KiB of the live stream, each in a buffer
 * that is allocated for it, which costs more than all that is then done with the bytes.
 * In: a connection and a request. Out: a Response whose body comes in pieces as large as the reads. Source: RFC 9112.
 */
import { EngineUnreachableError } from "../../errors.ts";
import { ChunkedBody } from "./chunked_body.ts";

/** What is needed of a socket. */
export interface Connection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

export interface RawRequest {
  /** For the error. */
  readonly socketPath: string;
  readonly method: string;
  /** With the query, e.g. `/v1.41/containers/web/logs?follow=1` */
  readonly target: string;
  /** Closes the connection, at any time. */
  readonly signal: AbortSignal;
}

/** The engine writes an entry at a time, of which the kernel holds back some 30 KiB. */
const BUFFER_BYTES = 64 * 1024;
/** A read that brings less than this is followed by a moment's rest, so that the next one brings more. */
const SHORT_READ_BYTES = 4 * 1024;
/** At the engine's pace, the time in which it fills what the kernel holds back. */
const REST_MS = 1;
const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a] as const;
const BODYLESS = [204, 205, 304];

/**
 * Resolves once the head of the answer is there. A piece of the body of a 2xx is valid until the next one is asked
 * for: they share one buffer.
 * @throws EngineUnreachableError, as does the body; the signal's reason when it is aborted
 */
export async function rawExchange(connection: Connection, request: RawRequest): Promise<Response> {
  const exchange = new RawExchange(connection, request);
  try {
    return await exchange.begin();
  } catch (error) {
    throw exchange.fail(error);
  }
}

class RawExchange {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** What has been read and not been used is `#buffer[#from, #to)`. */
  #from = 0;
  #to = 0;
  #isClosed = false;
  #wasShort = false;
  #endRest: (() => void) | undefined;
  readonly #onAbort = () => this.close();

  constructor(readonly connection: Connection, readonly request: RawRequest) {
    request.signal.addEventListener("abort", this.#onAbort);
  }

  close(): void {
    this.request.signal.removeEventListener("abort", this.#onAbort);
    this.#endRest?.();
    if (!this.#isClosed) this.connection.close();
    this.#isClosed = true;
  }

  /** What is to be thrown. */
  fail(cause: unknown): unknown {
    this.close();
    const { signal, socketPath } = this.request;
    if (signal.aborted) return signal.reason;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new EngineUnreachableError(socketPath, reason, true, { cause });
  }

  async begin(): Promise<Response> {
    const { method, target, signal } = this.request;
    signal.throwIfAborted();
    const length = method === "POST" ? "Content-Length: 0\r\n" : "";
    const head = `${method} ${target} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n${length}\r\n`;
    const bytes = new TextEncoder().encode(head);
    for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
    for (;;) {
      const { status, headers } = parseHead(await this.#readHead());
      // An interim answer: the real one is going to follow.
      if (status < 200) continue;
      const body = BODYLESS.includes(status) ? null : this.#body(headers, status < 300);
      if (body === null) this.close();
      return new Response(body, { status, headers });
    }
  }

  async #readHead(): Promise<string> {
    let searched = this.#from;
    for (;;) {
      const end = indexOfHeadEnd(this.#buffer, searched, this.#to);
      if (end !== -1) {
        const head = new TextDecoder("latin1").decode(this.#buffer.subarray(this.#from, end));
        this.#from = end + HEAD_END.length;
        return head;
      }
      searched = Math.max(this.#from, this.#to - HEAD_END.length + 1);
      if (this.#to === this.#buffer.length) throw new Error("the head of the answer has no end");
      const count = await this.connection.read(this.#buffer.subarray(this.#to));
      if (count === null) throw new Error("the connection broke off in the head of the answer");
      this.#to += count;
    }
  }

  #body(headers: Headers, reusesBuffer: boolean): ReadableStream<Uint8Array> {
    const body = bodyDecoder(headers);
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        const length = await this.#readBody(body);
        if (length > 0) {
          const piece = this.#buffer.subarray(0, length);
          controller.enqueue(reusesBuffer ? piece : piece.slice());
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
      if (this.#wasShort) await this.#rest();
      const count = await this.connection.read(this.#buffer);
      if (count === null) {
        body.end();
        return 0;
      }
      this.#to = count;
      this.#wasShort = count < SHORT_READ_BYTES;
    }
  }

  /** Each read, and what follows from it, costs as much as hundreds of lines: at full pace there would be ten in each. */
  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, REST_MS);
      this.#endRest = end;
    });
  }
}

interface BodyDecoder {
  readonly isOver: boolean;
  /** As `ChunkedBody.decode`. */
  decode(buffer: Uint8Array, from: number, to: number): number;
  /** The connection has ended. @throws Error where the body has not */
  end(): void;
}

/** RFC 9112, §6.3: chunked, of a given length, or until the connection ends. */
function bodyDecoder(headers: Headers): BodyDecoder {
  if (/\bchunked\b/i.test(headers.get("Transfer-Encoding") ?? "")) return new ChunkedBody();
  const length = headers.get("Content-Length");
  if (length !== null && !/^\d+$/.test(length)) throw new Error(`the answer has the length "${length}"`);
  return new PlainBody(length === null ? undefined : Number(length));
}

class PlainBody implements BodyDecoder {
  #left: number;
  #isOver: boolean;

  /** `length`: undefined where the body ends with the connection. */
  constructor(readonly length: number | undefined) {
    this.#left = length ?? Infinity;
    this.#isOver = length === 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  decode(buffer: Uint8Array, from: number, to: number): number {
    const count = Math.min(this.#left, to - from);
    buffer.copyWithin(0, from, from + count);
    this.#left -= count;
    this.#isOver = this.#left === 0;
    return count;
  }

  end(): void {
    if (this.length !== undefined) throw new Error("the connection broke off");
    this.#isOver = true;
  }
}

function indexOfHeadEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at + HEAD_END.length <= to; at++) {
    if (HEAD_END.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
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
