/**
 * The view of one service in parts: each is the content of an element that has its id, and is sent anew when it changes.
 * In: a row. Out: HTML, in which all that others have written is escaped.
 */
import { hash } from "../../hash.ts";
import type { CheckStatus } from "../../logging/service_status.ts";
import { age } from "../status/age.ts";
import { remarks, story } from "../status/condition.ts";
import type { ServiceRow } from "../status/service_row.ts";
import { updateCell } from "../status/update_cell.ts";
import { historyPicture } from "./history_picture.ts";
import { clip } from "../clip.ts";
import { escapeHtml } from "./html.ts";
import { conditionOf } from "./tone.ts";

/** The content of each element by its id. */
export type Parts = ReadonlyMap<string, string>;

const STATUS_LENGTH = 500;
const NAME_LENGTH = 200;

/** How many checks of a service are shown among others. */
const MOST_CHECKS = 6;

/** `hasAges`: whether it says how long ago something was; that would be news each second. */
export function partsOf(row: ServiceRow, nowMs: number, hasAges: boolean): Parts {
  const parts = new Map([
    [`${row.name}:state`, statePart(row, nowMs)],
    [`${row.name}:facts`, factsPart(row, nowMs, hasAges)],
    [`${row.name}:words`, wordsPart(row, nowMs)],
  ]);
  for (const [index, check] of row.checks.entries()) {
    parts.set(`${row.name}:check${index}`, checkPart(check));
    parts.set(`${row.name}:run${index}`, runPart(check));
  }
  return parts;
}

/** One service among others, of the same parts. */
export function card(row: ServiceRow, parts: Parts): string {
  const shown = checksShown(row);
  const more = row.checks.length - shown.length;
  const page = `/service/${encodeURIComponent(row.name)}`;
  return `<li class="service" id="${escapeHtml(row.name)}">
<h2><a href="${escapeHtml(page)}">${escapeHtml(row.name)}</a></h2>
${serviceBody(row, parts, shown)}
${more === 0 ? "" : `<p><a class="more" href="${escapeHtml(page)}">and ${more} more checks</a></p>`}
</li>`;
}

/** The numbers of the checks that are shown among other services, in their order: those that fail are. */
function checksShown({ checks }: ServiceRow): number[] {
  const failingFirst = [...checks.keys()].sort((a, b) => Number(checks[a]!.ok) - Number(checks[b]!.ok));
  return failingFirst.slice(0, MOST_CHECKS).sort((a, b) => a - b);
}

/** `checks`: the numbers of those that are shown; `more`: HTML of what else there is of it. */
export function serviceBody(row: ServiceRow, parts: Parts, checks: readonly number[], more = ""): string {
  const part = (tag: string, key: string) => {
    const id = `${row.name}:${key}`;
    return `<${tag} class="${key.replace(/\d+$/, "")}" id="${escapeHtml(id)}">${
      parts.get(id) ?? ""
    }</${tag}>`;
  };
  const list = checks.map((index) =>
    `<li>${part("span", `check${index}`)}${part("span", `run${index}`)}</li>`
  ).join("\n");
  return `${part("p", "state")}
${part("p", "words")}
${part("dl", "facts")}${more}
${list === "" ? "" : `<ul class="checks" aria-label="Checks of ${escapeHtml(row.name)}">\n${list}\n</ul>`}`;
}

/** Of what the list of services is made: where it changes, the page is drawn anew. */
export function structureOf(rows: readonly ServiceRow[]): string {
  const names = rows.map((row) => {
    const checks = row.checks.map(({ kind, name }) => `${kind} ${name}`);
    return [row.name, checks, checksShown(row)];
  });
  return hash(JSON.stringify(names)).toString(16);
}

function statePart(row: ServiceRow, nowMs: number): string {
  const { tone, word } = conditionOf(row, nowMs);
  return `<span class="tone ${tone}">${escapeHtml(word)}</span>`;
}

/** What the service says of itself, or why that is not known. */
function wordsPart(row: ServiceRow, nowMs: number): string {
  const told = remarks(story(row, nowMs) ?? (row.status || undefined), row, nowMs);
  return escapeHtml(clip(row.unreadable ?? told, STATUS_LENGTH));
}

function factsPart(row: ServiceRow, nowMs: number, hasAges: boolean): string {
  const { since, image, restarts, counters, lines_per_minute: rate } = row;
  const byChecks = counters?.restarts ?? 0;
  const update = updateCell(row, nowMs)?.text;
  return factList([
    ["since", since === null ? undefined : timeElement(since, hasAges ? age(since, nowMs) : "")],
    ["image", image === null ? undefined : escapeHtml(clip(image, NAME_LENGTH))],
    ["restarts", restarts + byChecks === 0 ? undefined : restartWords(restarts, byChecks)],
    ["lines a minute", rate === null ? undefined : String(rate)],
    ["update", update === undefined ? undefined : escapeHtml(update)],
  ]);
}

/** Each a name and a value in HTML; undefined where it is not known. */
export function factList(facts: readonly (readonly [string, string | undefined])[]): string {
  return facts.filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("");
}

function restartWords(bySystemd: number, byChecks: number): string {
  if (byChecks === 0) return `${bySystemd} by systemd`;
  return bySystemd === 0 ? `${byChecks} by checks` : `${bySystemd} by systemd, ${byChecks} by checks`;
}

/** `live.js` goes on with its text. */
function timeElement(time: string, text: string): string {
  return `<time datetime="${escapeHtml(time)}">${text}</time>`;
}

function checkPart({ name, ok }: CheckStatus): string {
  const shown = escapeHtml(clip(name, NAME_LENGTH));
  return `<span class="tone ${ok ? "up" : "failing"}">${shown}<span class="hidden"> ${
    ok ? "passes" : "fails"
  }</span></span>`;
}

function runPart({ history }: CheckStatus): string {
  return `<span>${durationText(Math.abs(history.at(-1) ?? 0))}</span>${historyPicture(history)}`;
}

function durationText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
