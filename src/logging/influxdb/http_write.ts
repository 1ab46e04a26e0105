/** One write: `POST {location}/api/v2/write?org=…&bucket=…&precision=ns`, InfluxDB's API v2. */
import { innermostMessage } from "../innermost_message.ts";
import type { Answer } from "./answer.ts";
import type { WriteTarget } from "./influxdb.ts";

/** Never rejects. */
export type Write = (lines: Uint8Array<ArrayBuffer>, signal: AbortSignal) => Promise<Answer>;

/** A server that has not answered by then hangs. */
const TIMEOUT_MS = 10_000;
/** Below, compressing costs more than it saves. */
const GZIP_FROM_BYTES = 8 * 1024;
const SHOWN_CHARACTERS = 300;

export function httpWrite(target: WriteTarget): Write {
  const query = new URLSearchParams({ org: target.org, bucket: target.bucket, precision: "ns" });
  const url = `${target.location}/api/v2/write?${query}`;
  const headers: Record<string, string> = { "Content-Type": "text/plain; charset=utf-8" };
  if (target.token !== undefined) headers.Authorization = `Token ${target.token}`;
  const shown = (text: string) => withoutToken(text, target.token).slice(0, SHOWN_CHARACTERS).trim();
  return async (lines, signal) => {
    const gzip = lines.length >= GZIP_FROM_BYTES;
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
      TIMEOUT_MS,
    );
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: gzip ? { ...headers, "Content-Encoding": "gzip" } : headers,
        body: gzip ? await compress(lines) : lines,
        redirect: "manual",
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      const { status: httpStatus } = response;
      const text = shown(await beginning(response));
      return { kind: "response", httpStatus, retryAfter: response.headers.get("Retry-After"), text };
    } catch (error) {
      return { kind: "no_response", reason: shown(innermostMessage(error)) };
    } finally {
      clearTimeout(timer);
    }
  };
}

async function compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new CompressionStream("gzip");
  const writer = writable.getWriter();
  // In one piece: a Blob's stream would cut them into many, each with a price of its own.
  const [compressed] = await Promise.all([
    new Response(readable).bytes(),
    writer.write(bytes),
    writer.close(),
  ]);
  return compressed;
}

/** What an error page says stands at its beginning; the rest is read no further. */
async function beginning({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > SHOWN_CHARACTERS) break;
  }
  return text.replace(/\s+/g, " ");
}

/** Whatever a server or proxy echoes, the log is to be free of it. */
function withoutToken(text: string, token: string | undefined): string {
  return token === undefined || token === "" ? text : text.replaceAll(token, "***");
}
