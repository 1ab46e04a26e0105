/** One HTTP request and its answer, and the requests in between if redirects are followed. */
import type { Host, HttpRequest } from "../../host/host.ts";

export interface HttpAnswer {
  /** That of the last request, after redirects. */
  readonly url: string;
  readonly httpStatus: number;
  readonly headers: Headers;
  /** Cut at the limit. */
  readonly body: Uint8Array;
  readonly bodyIsCut: boolean;
  /** From the first request to the end of the body. */
  readonly latencyMs: number;
  readonly certificateExpiresAt: Date | undefined;
}

export interface ExchangeOptions {
  readonly host: Host;
  readonly followRedirects: boolean;
  readonly bodyLimitBytes: number;
}

/** As the Fetch standard has it. */
const REDIRECT_LIMIT = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Enough for most answers to checks. */
const INITIAL_BYTES = 8 * 1024;

/** The last answer, with its body. @throws Error with the reason why there is none */
export async function exchange(first: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  const startMs = performance.now();
  let request = first;
  for (let redirects = 0;; redirects++) {
    const response = await options.host.httpRequest(request);
    const location = response.headers.get("location");
    if (options.followRedirects && location !== null && REDIRECTS.has(response.httpStatus)) {
      await response.body?.cancel();
      if (redirects === REDIRECT_LIMIT) throw new Error(`more than ${REDIRECT_LIMIT} redirects`);
      request = redirected(request, { location, httpStatus: response.httpStatus });
      continue;
    }
    const { httpStatus, headers, certificateExpiresAt } = response;
    const { body, isCut } = await readBody(response.body, options.bodyLimitBytes, request.signal).catch(
      () => {
        throw new Error("the body is broken, or ends early");
      },
    );
    const latencyMs = performance.now() - startMs;
    return { url: request.url, httpStatus, headers, body, bodyIsCut: isCut, latencyMs, certificateExpiresAt };
  }
}

/** The request that follows a redirect: its method, body and headers, by the Fetch standard's "HTTP-redirect fetch". */
function redirected(
  request: HttpRequest,
  { location, httpStatus }: { readonly location: string; readonly httpStatus: number },
): HttpRequest {
  const { url, name } = destination(request, location);
  const leavesSite = url.origin !== new URL(request.url).origin;
  const becomesGet = httpStatus === 303
    ? !/^(GET|HEAD)$/.test(request.method)
    : httpStatus < 303 && request.method === "POST";
  const headers = request.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    // Name and credentials are for the site that the config names, not for the one it redirects to.
    if (leavesSite && /^(host|authorization|cookie|proxy-authorization)$/.test(lower)) return false;
    return !(becomesGet && /^content-/.test(lower));
  });
  if (leavesSite && name !== undefined) headers.push(["Host", name]);
  return {
    ...request,
    url: url.href,
    headers,
    ...(becomesGet ? { method: "GET", body: undefined } : {}),
  };
}

/** `name`: what the destination is called in a Host header, where that says something else than the URL. */
function destination(
  { url, headers }: HttpRequest,
  location: string,
): { readonly url: URL; readonly name: string | undefined } {
  const found = URL.parse(location, url);
  if (found === null || !/^https?:$/.test(found.protocol)) throw new Error(`a redirect to "${location}"`);
  const asked = new URL(url);
  const [, named = ""] = headers.find(([header]) => header.toLowerCase() === "host") ?? [];
  const site = URL.parse(`${asked.protocol}//${named}`);
  if (site?.hostname !== found.hostname) return { url: found, name: undefined };
  // The site that the config names is at the address that was asked, whatever others know by the name.
  const name = found.host;
  if (site.origin === found.origin) found.port = asked.port;
  found.hostname = asked.hostname;
  return { url: found, name };
}

/** Reads into one buffer: by itself the stream would allocate 64 KiB for each read, and they pile up as garbage. */
async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  limitBytes: number,
  signal: AbortSignal,
): Promise<{ body: Uint8Array; isCut: boolean }> {
  if (stream === null) return { body: new Uint8Array(), isCut: false };
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new Uint8Array(INITIAL_BYTES);
  let length = 0;
  while (length <= limitBytes) {
    const { value, done } = await reader.read(buffer.subarray(length));
    // Where the body ends with the connection, node:http takes an abort for its end.
    signal.throwIfAborted();
    // The stream takes the buffer's memory for itself, and gives it back as another object.
    if (value !== undefined) buffer = new Uint8Array(value.buffer);
    if (done) break;
    length += value.length;
    if (length === buffer.length) buffer = new Uint8Array(buffer.buffer.transfer(2 * length));
  }
  // Closes the connection if the body goes on.
  await reader.cancel();
  return { body: buffer.subarray(0, Math.min(length, limitBytes)), isCut: length > limitBytes };
}
