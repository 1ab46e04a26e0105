/** One HTTP request and its answer, redirects followed where that is wanted. */
import type { Host, HttpRequest } from "../../host/host.ts";

export interface HttpAnswer {
  /** Where it came from in the end. */
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

/** As many as curl and browsers take. */
const REDIRECT_LIMIT = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws Error with the reason why there is no answer */
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
    const { body, isCut } = await readBody(response.body, options.bodyLimitBytes);
    const latencyMs = performance.now() - startMs;
    return { url: request.url, httpStatus, headers, body, bodyIsCut: isCut, latencyMs, certificateExpiresAt };
  }
}

/** The Fetch standard, "HTTP-redirect fetch": what becomes of method, body and headers. */
function redirected(
  request: HttpRequest,
  { location, httpStatus }: { readonly location: string; readonly httpStatus: number },
): HttpRequest {
  const url = URL.parse(location, request.url);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`a redirect to "${location}"`);
  const leavesSite = url.origin !== new URL(request.url).origin;
  const becomesGet = httpStatus === 303
    ? !/^(GET|HEAD)$/.test(request.method)
    : httpStatus < 303 && request.method === "POST";
  const headers = request.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    // Another site's name and credentials are no business of this one.
    if (leavesSite && /^(host|authorization|cookie|proxy-authorization)$/.test(lower)) return false;
    return !(becomesGet && /^content-/.test(lower));
  });
  return {
    ...request,
    url: url.href,
    headers,
    ...(becomesGet ? { method: "GET", body: undefined } : {}),
  };
}

async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  limitBytes: number,
): Promise<{ body: Uint8Array; isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early closes the connection.
  for await (const chunk of stream ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) break;
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return { body: body.subarray(0, limitBytes), isCut: length > limitBytes };
}
