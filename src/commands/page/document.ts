/** Whole pages, of use as they are; `live.js` keeps them up to date where the browser runs scripts. */
import manifest from "../../../deno.json" with { type: "json" };
import type { ServiceRow } from "../status/service_row.ts";
import { escapeHtml } from "./html.ts";
import { card, factList, partsOf, serviceBody, structureOf } from "./parts.ts";
import { conditionOf, isTrouble } from "./tone.ts";

export interface Shown {
  readonly rows: readonly ServiceRow[];
  /** The machine's name. */
  readonly host: string;
  readonly nowMs: number;
}

export function servicesPage(shown: Shown): string {
  const { rows, nowMs, host } = shown;
  const cards = rows.map((row) => card(row, partsOf(row, nowMs, true))).join("\n");
  const none = "<p>There is no unit service_runner@NAME.service on this machine.</p>";
  return page({
    title: titleOf(shown),
    list: structureOf(rows),
    nowMs,
    body: `<header>
<div>
<h1>${escapeHtml(host)}</h1>
<p id=":summary">${summaryOf(shown)}</p>
</div>
<p id=":filter" class="filter" hidden><label>Filter
<input type="search" placeholder="name or state" autocomplete="off"></label> <output id=":found"></output></p>
</header>
<main>
${rows.length === 0 ? none : `<ul class="services">\n${cards}\n</ul>`}
</main>`,
  });
}

/** One service, with what else there is of it. `records`: HTML of its log. */
export function servicePage(row: ServiceRow, shown: Shown, records: string): string {
  const { host, nowMs } = shown;
  const all = row.checks.map((_, index) => index);
  return page({
    title: `${row.name} – ${host}`,
    list: structureOf([row]),
    nowMs,
    body: `<header>
<div>
<p><a href="/">All services of ${escapeHtml(host)}</a></p>
<h1>${escapeHtml(row.name)}</h1>
</div>
</header>
<main>
<section class="service alone" aria-label="State">
${serviceBody(row, partsOf(row, nowMs, true), all, `<dl class="facts">${moreFacts(row)}</dl>`)}
</section>
${records}
</main>`,
  });
}

export function messagePage(title: string, message: string): string {
  const body = `<header><div><p><a href="/">All services</a></p><h1>${escapeHtml(title)}</h1></div></header>
<main><p>${escapeHtml(message)}</p></main>`;
  return page({ title, list: "", body });
}

/** e.g. `(2) shop.example`: so many need somebody. */
export function titleOf({ rows, host, nowMs }: Shown): string {
  const count = rows.filter((row) => isTrouble(conditionOf(row, nowMs))).length;
  return count === 0 ? host : `(${count}) ${host}`;
}

/** How many there are, and which of them need somebody. */
export function summaryOf({ rows, nowMs }: Shown): string {
  const troubled = rows.filter((row) => isTrouble(conditionOf(row, nowMs)));
  const count = rows.length === 1 ? "1 service" : `${rows.length} services`;
  if (rows.length === 0) return count;
  if (troubled.length === 0) return `${count}; none needs somebody`;
  const links = troubled.map(({ name }) =>
    `<a href="#${escapeHtml(encodeURIComponent(name))}">${escapeHtml(name)}</a>`
  );
  return `${count}; ${troubled.length} ${troubled.length === 1 ? "needs" : "need"} somebody: ${
    links.join(", ")
  }`;
}

function moreFacts({ unit, container_id: id, config_sha256: sha256, lines }: ServiceRow): string {
  return factList([
    ["unit", escapeHtml(unit)],
    ["container", id === null ? undefined : escapeHtml(id.slice(0, 12))],
    ["lines of its log", lines === null ? undefined : String(lines)],
    ["config (SHA-256)", sha256 === null ? undefined : escapeHtml(sha256.slice(0, 12))],
  ]);
}

interface PageText {
  readonly title: string;
  /** What the list of services is made of, for `live.js`. */
  readonly list: string;
  /** When it was so, of a page that does not stay true. */
  readonly nowMs?: number;
  readonly body: string;
}

function page({ title, list, nowMs, body }: PageText): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script src="/live.js" defer></script>
</head>
<body data-list="${escapeHtml(list)}">
<p id=":connection" class="connection" role="status"></p>
${nowMs === undefined ? "" : withoutScripts(nowMs)}${body}
<footer>service_runner ${escapeHtml(manifest.version)}</footer>
</body>
</html>
`;
}

/** A page that loads itself anew would take a reader's place, and what is typed, away. */
function withoutScripts(nowMs: number): string {
  const time = new Date(nowMs).toISOString();
  return `<noscript><p>As it was at <time datetime="${time}">${
    time.slice(0, 19).replace("T", " ")
  } UTC</time>; without
JavaScript this page stays so. <a href="">Look again</a></p></noscript>
`;
}
