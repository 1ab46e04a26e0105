/** Records of one service as HTML: a row each, and how they are filtered. */
import { FOREIGN, LEVELS, SOURCES } from "../logs/log_words.ts";
import type { JournalRecord } from "../logs/journal_record.ts";
import { clip } from "../clip.ts";
import { escapeHtml } from "./html.ts";
import type { LastRecords, RecordsWanted } from "./records.ts";

const MESSAGE_LENGTH = 4000;
/** Those that a person chooses among. */
const CHOICES = [
  "debug",
  "info",
  "notice",
  "warn",
  "error",
] as const satisfies readonly (keyof typeof LEVELS)[];

/** The part of a service's page with its records; a text is why there are none. */
export function recordsSection(name: string, wanted: RecordsWanted, last: LastRecords | string): string {
  const { records, cursor } = typeof last === "string" ? { records: [], cursor: undefined } : last;
  const rows = records.map(recordRow).join("\n");
  const none = typeof last === "string" ? last : "No records.";
  const { level = "", text } = wanted;
  const options = ["", ...CHOICES].map((choice) =>
    `<option value="${choice}"${choice === level ? " selected" : ""}>${
      choice === "" ? "all levels" : choice
    }</option>`
  );
  const query = new URLSearchParams({ level, text, after: cursor ?? "" });
  const live = `/logs/${encodeURIComponent(name)}?${query}`;
  return `<section class="records" aria-label="Log">
<h2>Log</h2>
<form method="get">
<label>Level <select name="level">${options.join("")}</select></label>
<label>Text <input type="search" name="text" maxlength="200" value="${escapeHtml(text)}"></label>
<button>Filter</button>
</form>
<ol id=":records" class="rows" tabindex="0" aria-label="Records" data-live="${escapeHtml(live)}">
${rows}
</ol>
<p id=":none"${rows === "" ? "" : " hidden"}>${escapeHtml(none)}</p>
</section>`;
}

export function recordRow({ record, isForeign }: JournalRecord): string {
  const { timestamp, severity, source, message } = record;
  const speaker = isForeign ? FOREIGN : shortSource(source);
  return `<li class="record ${severity}"><time datetime="${escapeHtml(timestamp)}">${
    escapeHtml(timestamp.slice(0, 19).replace("T", " "))
  }</time> <span class="level">${severity}</span> <span class="source">${
    escapeHtml(clip(speaker, 40))
  }</span> <span class="message">${lines(message)}</span></li>`;
}

/** With the line breaks that it has. */
function lines(message: string): string {
  return clip(message, MESSAGE_LENGTH).split("\n").map(escapeHtml).join("\n");
}

function shortSource(source: string): string {
  for (const [short, sources] of SOURCES) if (sources.length === 1 && sources[0] === source) return short;
  return source;
}
