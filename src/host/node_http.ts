/** HTTP requests that `fetch` does not make. Loaded only by a check that needs one. */
import { request as startRequest } from "node:http";
import { Readable } from "node:stream";
import type { HttpRequest, HttpResponse } from "./host.ts";

export function nodeHttpRequest(request: HttpRequest): Promise<HttpResponse> {
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
  const { method, signal } = request;
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(request.url, { method, headers, signal, agent: false }, (incoming) => {
      const body = Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>;
      resolve({ httpStatus: incoming.statusCode ?? 0, body });
    });
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}
