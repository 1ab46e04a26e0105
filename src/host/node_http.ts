/** HTTP requests that `fetch` does not make. Loaded only by a check that needs one. */
import { type IncomingMessage, request as startRequest, type RequestOptions } from "node:http";
import type { TLSSocket } from "node:tls";
import type { HttpRequest, HttpResponse } from "./host.ts";

export async function nodeHttpRequest(request: HttpRequest): Promise<HttpResponse> {
  const { method, signal, url, tls } = request;
  const headers = headersOf(request);
  const start = url.startsWith("https:") ? (await import("node:https")).request : startRequest;
  const options: RequestOptions = { method, headers, signal, agent: false };
  if (url.startsWith("https:")) {
    // The certificate has to be for the site that a Host header names: Node sees to that.
    Object.assign(options, {
      rejectUnauthorized: !tls.insecure,
      ...(tls.authorities === undefined ? {} : { ca: tls.authorities }),
    });
  }
  return await new Promise((resolve, reject) => {
    const outgoing = start(url, options, (incoming) => {
      const certificateExpiresAt = tls.wantsExpiry ? expiryOf(incoming) : undefined;
      resolve({
        httpStatus: incoming.statusCode ?? 0,
        headers: receivedHeaders(incoming),
        body: byteStream(incoming),
        certificateExpiresAt,
      });
    });
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}

/** As the body that `fetch` yields, which can be read into a buffer of one's own. */
function byteStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const pieces: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]();
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
  return headers;
}

function receivedHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  return headers;
}

function expiryOf({ socket }: IncomingMessage): Date | undefined {
  const until = (socket as TLSSocket).getPeerCertificate?.().valid_to;
  return until === undefined ? undefined : new Date(until);
}
