/** HTTP requests that `fetch` does not make. Loaded only by a check that needs one: node:http costs some 4 MiB. */
import { type IncomingMessage, request as startRequest, type RequestOptions } from "node:http";
import type { TLSSocket } from "node:tls";
import type { HttpRequest, HttpResponse } from "./host.ts";

/** What `fetch` sends where a check does not say otherwise; servers choose their answers by it. */
const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  accept: "*/*",
  "accept-language": "*",
  "accept-encoding": "gzip,br",
  "user-agent": navigator.userAgent,
};
/** As much of an answer's head as `fetch` takes. */
const HEAD_LIMIT_BYTES = 408 * 1024;
const HEADERS_LIMIT = 100;
const COMPRESSIONS: Readonly<Record<string, CompressionFormat>> = { gzip: "gzip", br: "brotli" };
/** Statuses whose answers have no body, whatever their headers say. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Answers as `fetch` does, but takes every kind of certificate, of method and of body. */
export async function nodeHttpRequest(request: HttpRequest): Promise<HttpResponse> {
  const { method, signal, url, tls } = request;
  const start = url.startsWith("https:") ? (await import("node:https")).request : startRequest;
  const options: RequestOptions & Record<string, unknown> = {
    method,
    headers: headersOf(request),
    signal,
    agent: false,
    // A line may end without a carriage return, as `fetch` has it.
    insecureHTTPParser: true,
    maxHeaderSize: HEAD_LIMIT_BYTES,
    // The certificate has to be for the site that a Host header names: Node sees to that.
    rejectUnauthorized: !tls.insecure,
    ...(tls.authorities === undefined ? {} : { ca: tls.authorities }),
  };
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = start(url, options, resolve);
    // Of 101 Switching Protocols only the head is an answer.
    outgoing.on("upgrade", resolve);
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
  try {
    const { rawHeaders, statusCode: httpStatus = 0 } = incoming;
    refuseAsFetchDoes(incoming);
    const headers = new Headers();
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
    }
    const certificateExpiresAt = tls.wantsExpiry ? expiryOf(incoming) : undefined;
    const hasBody = method !== "HEAD" && !WITHOUT_BODY.has(httpStatus);
    if (!hasBody) incoming.socket.destroy();
    return { httpStatus, headers, body: hasBody ? bodyOf(incoming) : null, certificateExpiresAt };
  } catch (error) {
    incoming.socket.destroy();
    throw error;
  }
}

function headersOf(request: HttpRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    // Node takes a list for every header but this one, of which there can be one only.
    if (key === "host") headers[key] = value;
    else headers[key] = [...(headers[key] ?? []), value];
  }
  // Node does not tell the length of a body on GET by itself, and the server then does not look for one.
  if (request.body !== undefined) {
    headers["content-length"] ??= String(new TextEncoder().encode(request.body).length);
  }
  return { ...DEFAULT_HEADERS, ...headers };
}

/** What Node takes for HTTP and `fetch` does not. */
function refuseAsFetchDoes({ httpVersion, statusCode = 0, headers, rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length > 2 * HEADERS_LIMIT) throw new Error("message head is too large");
  // deno-lint-ignore no-control-regex -- they are what is looked for
  const isValid = statusCode >= 100 && !rawHeaders.some((text) => /[\0-\x08\x0a-\x1f\x7f]/.test(text)) &&
    (httpVersion === "1.1" || (httpVersion === "1.0" && headers["transfer-encoding"] === undefined));
  if (!isValid) throw new Error("Parse Error: this is not HTTP/1.1");
}

/** As the body that `fetch` yields: decompressed, and to be read into a buffer of one's own. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const { "content-encoding": encoding = "", "content-length": length } = incoming.headers;
  const format = length === "0" ? undefined : COMPRESSIONS[encoding.toLowerCase()];
  const content: AsyncIterable<Uint8Array> = format === undefined
    ? incoming
    : ReadableStream.from<BufferSource>(incoming).pipeThrough(new DecompressionStream(format));
  const pieces = content[Symbol.asyncIterator]();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (!done) return controller.enqueue(new Uint8Array(value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => void incoming.destroy(),
  });
}

function expiryOf({ socket }: IncomingMessage): Date | undefined {
  const until = (socket as TLSSocket).getPeerCertificate?.().valid_to;
  return until === undefined ? undefined : new Date(until);
}
