/** What all answers have in common: their headers, by which a browser runs nothing but our own script, and their kinds. */
import { messagePage } from "./document.ts";

export const HTML = "text/html; charset=utf-8";
export const TEXT = "text/plain; charset=utf-8";
export const JSON_TYPE = "application/json; charset=utf-8";
export const SVG = "image/svg+xml; charset=utf-8";
export const LINES = "application/x-ndjson; charset=utf-8";
export const EVENTS = "text/event-stream; charset=utf-8";

export const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** An answer, before the headers that all have. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

export const BUSY: Answer = {
  status: 503,
  type: TEXT,
  body: "Too many look at this just now; try again later\n",
};

/** As a page for browsers, else as text. */
export function problem(
  request: Request,
  status: number,
  { title, text }: { readonly title: string; readonly text: string },
): Answer {
  const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
  return isBrowser
    ? { status, type: HTML, body: messagePage(title, text) }
    : { status, type: TEXT, body: `${title}: ${text}\n` };
}
