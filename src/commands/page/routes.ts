/** The page's paths. In: a request. Out: an answer. */
import type { PageConfig } from "../../config/page_config.ts";
import type { Host } from "../../host/host.ts";
import { printableJson } from "../../printable.ts";
import { every } from "../../timers.ts";
import { JournalError } from "../logs/journal.ts";
import type { JournalRecord } from "../logs/journal_record.ts";
import { CONTENT_TYPES, exposition, type Format } from "../metrics/exposition.ts";
import { metricFamilies } from "../metrics/families.ts";
import type { ServiceRow } from "../status/service_row.ts";
import { type Answer, BUSY, EVENTS, HEADERS, HTML, JSON_TYPE, LINES, problem, SVG, TEXT } from "./answer.ts";
import { badgeJson, badgeSvg } from "./badge.ts";
import type { Board, Look } from "./board.ts";
import { servicePage, servicesPage } from "./document.ts";
import type { Guard } from "./guard.ts";
import { COMMENT, EventStream, message } from "./event_stream.ts";
import ICON from "./icon.svg" with { type: "text" };
import type { LiveFeed } from "./live_feed.ts";
import SCRIPT from "./live.js" with { type: "text" };
import { cursorOf, type Records, type RecordsWanted, recordsWanted } from "./records.ts";
import { recordRow, recordsSection } from "./records_view.ts";
import STYLE from "./style.css" with { type: "text" };
import { conditionOf } from "./tone.ts";

export interface RoutesOptions {
  readonly host: Host;
  readonly config: PageConfig;
  readonly guard: Guard;
  readonly board: Board;
  readonly feed: LiveFeed;
  readonly records: Records;
  readonly stop: AbortSignal;
}

/** These are for pages of others. */
const BADGE = /^\/badge\//;

const FILES: ReadonlyMap<string, readonly [type: string, text: string]> = new Map([
  ["/style.css", ["text/css; charset=utf-8", STYLE]],
  ["/live.js", ["text/javascript; charset=utf-8", SCRIPT]],
  ["/icon.svg", [SVG, ICON]],
]);

const COMMENT_INTERVAL_MS = 15_000;

type RowsLook = Look & { readonly kind: "rows" };

export class Routes {
  #page: { readonly look: RowsLook; readonly html: Uint8Array<ArrayBuffer> } | undefined;

  constructor(private readonly options: RoutesOptions) {}

  readonly answer = async (request: Request): Promise<Response> => {
    const refused = await this.options.guard.refuse(request);
    const response = refused ?? await this.#respond(request);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    if (BADGE.test(URL.parse(request.url)?.pathname ?? "")) {
      response.headers.delete("Cross-Origin-Resource-Policy");
    }
    const isStream = response.headers.get("Content-Type") === EVENTS;
    if (request.method !== "HEAD" || !isStream) return response;
    await response.body?.cancel();
    return new Response(null, response);
  };

  async #respond(request: Request): Promise<Response> {
    const { status = 200, type, body } = await this.#route(request).catch((error: unknown): Answer => {
      if (!(error instanceof JournalError)) throw error;
      return problem(request, 503, { title: "The journal can not be read", text: error.message });
    });
    const later = status === 503 ? { "Retry-After": "5" } : undefined;
    return new Response(body, { status, headers: { "Content-Type": type, ...later } });
  }

  async #route(request: Request): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url);
    const seen = request.headers.get("last-event-id");
    if (seen) searchParams.set("after", seen);
    const file = FILES.get(pathname);
    if (file !== undefined) return { type: file[0], body: file[1] };
    if (pathname === "/events") return this.#events();
    const look = await this.options.board.look();
    if (look.kind === "no_systemd") {
      return problem(request, 503, { title: "systemd does not answer", text: look.reason });
    }
    const whole = this.#ofAll(pathname, look, request);
    if (whole !== undefined) return whole;
    const [, kind = "", name = "", ...deeper] = pathname.split("/").map(decoded);
    const [, wanted = name, ending = ""] = kind === "badge" ? /^(.+)(\.svg|\.json)$/.exec(name) ?? [] : [];
    const row = deeper.length > 0 ? undefined : look.rows.find((row) => row.name === wanted);
    const what = kind === "badge" ? `badge ${ending}` : kind;
    const found = row && await this.#ofService(what, row, { request, searchParams });
    if (found !== undefined) return found;
    return problem(request, 404, { title: "Not found", text: "There is nothing of this name here." });
  }

  #ofAll(pathname: string, look: RowsLook, request: Request): Answer | undefined {
    const { rows } = look;
    switch (pathname) {
      case "/":
        return { type: HTML, body: this.#servicesPage(look) };
      case "/api/services":
        return { type: JSON_TYPE, body: `${printableJson(JSON.stringify({ services: rows }))}\n` };
      case "/metrics": {
        const format: Format = /application\/openmetrics-text/.test(request.headers.get("accept") ?? "")
          ? "openmetrics"
          : "prometheus";
        return { type: CONTENT_TYPES[format], body: exposition(metricFamilies(rows), format) };
      }
    }
  }

  async #ofService(
    what: string,
    row: ServiceRow,
    { request, searchParams }: { readonly request: Request; readonly searchParams: URLSearchParams },
  ): Promise<Answer | undefined> {
    const condition = () => conditionOf(row, Date.now());
    switch (what) {
      case "badge .svg":
        return { type: SVG, body: badgeSvg(row.name, condition()) };
      case "badge .json":
        return { type: JSON_TYPE, body: badgeJson(row.name, condition()) };
      case "service":
      case "logs": {
        const { logs } = this.options.config;
        if (what === "service" && !logs) return this.#service(row, "");
        if (!logs) {
          return { status: 403, type: TEXT, body: 'The config has no "page: {logs: true}"\n' };
        }
        const wanted = recordsWanted(row.unit, searchParams);
        if (wanted === undefined) {
          return { status: 400, type: TEXT, body: "No such level or place, or too long a text\n" };
        }
        if (what === "service") return await this.#withRecords(row, wanted, request.signal);
        return await this.#logs(wanted, request);
      }
    }
  }

  #service(row: ServiceRow, records: string): Answer {
    return { type: HTML, body: servicePage(row, this.#shown([row]), records) };
  }

  /** What is wrong with the journal is no reason not to show the rest. */
  async #withRecords(row: ServiceRow, wanted: RecordsWanted, gone: AbortSignal): Promise<Answer> {
    const { records, stop } = this.options;
    const found = await records.last(wanted, AbortSignal.any([stop, gone])).catch((error: unknown) => {
      if (error instanceof JournalError) return `The journal can not be read: ${error.message}`;
      throw error;
    });
    return this.#service(
      row,
      recordsSection(row.name, wanted, found ?? "Too many read the journal just now."),
    );
  }

  async #logs(wanted: RecordsWanted, request: Request): Promise<Answer> {
    const { records, stop } = this.options;
    if (/text\/event-stream/.test(request.headers.get("accept") ?? "")) {
      return records.isBusy ? BUSY : { type: EVENTS, body: this.#followed(wanted) };
    }
    const found = await records.last(wanted, AbortSignal.any([stop, request.signal]));
    if (found === undefined) return BUSY;
    const lines = found.records.map(({ record, json }) =>
      `${printableJson(json ?? JSON.stringify(record))}\n`
    );
    return { type: LINES, body: lines.join("") };
  }

  #followed(wanted: RecordsWanted): ReadableStream<Uint8Array> {
    const { records, stop } = this.options;
    const gone = new AbortController();
    const stream = new EventStream(() => gone.abort());
    const show = (found: readonly JournalRecord[]) => {
      if (found.length > 0) stream.send(message(found.map(recordRow).join(""), cursorOf(found.at(-1))));
    };
    const comments = every(COMMENT_INTERVAL_MS, () => stream.send(COMMENT));
    stream.send(COMMENT);
    records.follow(wanted, show, AbortSignal.any([stop, gone.signal])).catch(() => {}).finally(() => {
      comments[Symbol.dispose]();
      stream.close();
    });
    return stream.body;
  }

  #events(): Answer {
    const stream = this.options.feed.listen();
    return stream === undefined ? BUSY : { type: EVENTS, body: stream };
  }

  /** Many who come in the same second get the same. */
  #servicesPage(look: RowsLook): Uint8Array<ArrayBuffer> {
    if (this.#page?.look !== look) {
      this.#page = { look, html: new TextEncoder().encode(servicesPage(this.#shown(look.rows))) };
    }
    return this.#page.html;
  }

  #shown(rows: readonly ServiceRow[]) {
    return { rows, host: this.options.host.hostname(), nowMs: Date.now() };
  }
}

/** A part of a path as it was meant; what is no such text finds nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
