/**
 * One write to InfluxDB: `POST {location}/api/v2/write?org=…&bucket=…&precision=ns`, which InfluxDB 1.8, 2 and 3 and
 * VictoriaMetrics understand.
 * https://docs.influxdata.com/influxdb/v2/api/write-data/
 */
import { abortable } from "../../host/abortable_body.ts";
import { beginningOfBody } from "../../host/beginning_of_body.ts";
import { innermostMessage } from "../innermost_message.ts";
import type { Answer } from "./answer.ts";
import type { WriteTarget } from "./influxdb.ts";

/** Sends lines of line protocol. Never rejects: that there is no answer is an answer too. */
export type Write = (lines: Uint8Array<ArrayBuffer>, signal: AbortSignal) => Promise<Answer>;

const TIMEOUT_MS = 10_000;
/** Fewer bytes are not worth the time that compressing takes. */
const GZIP_FROM_BYTES = 8 * 1024;
/** How much of a server's answer is shown in the log. */
const SHOWN_CHARACTERS = 300;

/** Writes to this bucket, compressed where that is worth it. The token appears in no answer. */
export function httpWrite({ location, org, bucket, token }: WriteTarget): Write {
  const url = `${location}/api/v2/write?${new URLSearchParams({ org, bucket, precision: "ns" })}`;
  const headers: Record<string, string> = { "Content-Type": "text/plain; charset=utf-8" };
  if (token !== undefined) headers.Authorization = `Token ${token}`;
  // A server or proxy may repeat the token in its answer; the log must not.
  const shown = (text: string) =>
    (token ? text.replaceAll(token, "***") : text).slice(0, SHOWN_CHARACTERS).trim();
  return async (lines, signal) => {
    const gzip = lines.length >= GZIP_FROM_BYTES;
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = abortable(
        await fetch(url, {
          method: "POST",
          headers: gzip ? { ...headers, "Content-Encoding": "gzip" } : headers,
          body: gzip ? await compress(lines) : lines,
          redirect: "manual",
          signal: AbortSignal.any([signal, late]),
        }),
      );
      // An error page may be long, and what it says stands at its beginning.
      const text = shown((await beginningOfBody(response, SHOWN_CHARACTERS)).replace(/\s+/g, " "));
      const retryAfter = response.headers.get("Retry-After");
      return { kind: "response", httpStatus: response.status, retryAfter, text };
    } catch (error) {
      const reason = late.aborted
        ? `no answer within ${TIMEOUT_MS / 1000} s`
        : shown(innermostMessage(error));
      return { kind: "no_response", reason };
    }
  };
}

function compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // The bytes in one piece: a Blob's stream would cut them into many, and each costs time of its own.
  return new Response(ReadableStream.from([bytes]).pipeThrough(new CompressionStream("gzip"))).bytes();
}
