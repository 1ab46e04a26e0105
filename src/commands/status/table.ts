/** The table of services. Where the terminal is too narrow, the least important columns are left out. */
import type { CheckStatus } from "../../logging/status_file.ts";
import { printable } from "../../printable.ts";
import type { Color, Paint } from "../command_context.ts";
import { wrapWords } from "../wrap_words.ts";
import type { ServiceRow } from "./service_row.ts";

interface Cell {
  readonly text: string;
  readonly color?: Color;
}

interface Column {
  readonly title: string;
  /** The column with the highest rank is the first to be left out. */
  readonly rank: number;
  readonly right?: boolean;
  /** Set for a column that may be cut, down to this width. */
  readonly least?: number;
  readonly cell: (row: ServiceRow, nowMs: number) => Cell;
}

const GAP = "  ";
const BARS = "▁▂▃▄▅▆▇█";
const HISTORY_SHOWN = 10;
const INDENT = "    ";
/** So many restarts, the last one not longer ago: the service does not get anywhere. */
const MANY_RESTARTS = 3;
const STEADY_MS = 120_000;

const COLUMNS: readonly Column[] = [
  { title: "SERVICE", rank: 0, least: 12, cell: ({ name }) => ({ text: name }) },
  { title: "UNIT", rank: 1, cell: unitCell },
  {
    title: "CONTAINER",
    rank: 6,
    cell: ({ container }) => ({
      text: container === "none" ? "-" : container === "unknown" ? "?" : container,
      ...(container === "paused" && { color: "yellow" }),
    }),
  },
  { title: "SINCE", rank: 3, right: true, cell: ({ since }, nowMs) => ({ text: age(since, nowMs) }) },
  {
    title: "RESTARTS",
    rank: 5,
    right: true,
    cell: ({ restarts }) => ({ text: String(restarts), ...(restarts > 0 && { color: "yellow" }) }),
  },
  { title: "CHECKS", rank: 2, cell: checksCell },
  { title: "LATENCY", rank: 4, right: true, cell: ({ checks }) => latencyCell(shownCheck(checks)) },
  { title: "HISTORY", rank: 7, cell: ({ checks }) => historyCell(shownCheck(checks)) },
  {
    title: "LINES/MIN",
    rank: 8,
    right: true,
    cell: ({ lines_per_minute: rate }) => ({ text: rate === null ? "-" : String(rate) }),
  },
  { title: "IMAGE", rank: 9, least: 16, cell: ({ image }) => ({ text: image ?? "-" }) },
];
const STATUS = "STATUS";

export interface TableOptions {
  /** The terminal's width; undefined for no limit. */
  readonly columns: number | undefined;
  readonly nowMs: number;
  readonly paint: Paint;
}

/**
 * The lines of the table without line breaks; the first has the titles. Where there is no room for what the services say
 * of themselves, it stands below the row of each that has something to say.
 */
export function renderTable(rows: readonly ServiceRow[], { columns, nowMs, paint }: TableOptions): string[] {
  const titles = COLUMNS.map(({ title }): Cell => ({ text: title, color: "bold" }));
  const cells = [titles, ...rows.map((row) => COLUMNS.map(({ cell }) => shownCell(cell(row, nowMs))))];
  const widths = COLUMNS.map((_, index) => Math.max(...cells.map((line) => [...line[index]!.text].length)));
  const shown = fit(widths, columns);
  const lines = renderLines(cells, shown, paint);
  const stories = [STATUS, ...rows.map((row) => printable(story(row, nowMs) ?? (row.status || "-")))];
  const room = columns === undefined
    ? Infinity
    : columns - shown.reduce((sum, [, width]) => sum + width + GAP.length, 0);
  if (shown.length === COLUMNS.length && stories.every((text) => [...text].length <= room)) {
    return lines.map((line, index) => line + GAP + (index === 0 ? paint("bold", STATUS) : stories[index]));
  }
  const below = rows.map((row) => {
    const text = story(row, nowMs);
    const width = Math.max(1, (columns ?? Infinity) - INDENT.length);
    return text === undefined ? [] : wrapWords(printable(text), width).map((line) => INDENT + line);
  });
  return lines.flatMap((line, index) => [line.trimEnd(), ...below[index - 1] ?? []]);
}

/** What there is to be said of a service that is not simply up or down. */
function story(row: ServiceRow, nowMs: number): string | undefined {
  const { state, status, last_failure: failure, container, checks } = row;
  const isComing = /^(?:activating|deactivating|reloading)$/.test(state);
  if (failure !== null && (isComing || keepsFailing(row, nowMs))) return failure;
  const isTold = isComing || state === "failed" || /^(?:paused|stopped)$/.test(container) ||
    checks.some(({ ok }) => !ok);
  return isTold && status !== "" ? status : undefined;
}

/** Whether systemd restarts it again and again. */
function keepsFailing({ state, restarts, since }: ServiceRow, nowMs: number): boolean {
  const isNew = since !== null && nowMs - Date.parse(since) < STEADY_MS;
  return (state === "active" || state === "activating") && restarts >= MANY_RESTARTS && isNew;
}

function renderLines(
  lines: readonly (readonly Cell[])[],
  shown: readonly (readonly [index: number, width: number])[],
  paint: Paint,
): string[] {
  return lines.map((cells) =>
    shown.map(([index, width]) => {
      const { text, color } = cells[index]!;
      const cut = clip(text, width);
      const padding = " ".repeat(Math.max(0, width - [...cut].length));
      const painted = color === undefined ? cut : paint(color, cut);
      return COLUMNS[index]!.right ? padding + painted : painted + padding;
    }).join(GAP)
  );
}

/** The columns to show and their widths: added by rank until the line is full; a column that may be cut gets the rest. */
function fit(widths: readonly number[], columns: number | undefined): [index: number, width: number][] {
  const byRank = COLUMNS.map((_, index) => index).sort((a, b) => COLUMNS[a]!.rank - COLUMNS[b]!.rank);
  const chosen = new Map<number, number>();
  let left = columns ?? Infinity;
  for (const index of byRank) {
    const gap = chosen.size === 0 ? 0 : GAP.length;
    const width = widths[index]!;
    const least = Math.min(width, COLUMNS[index]!.least ?? width);
    // The first one, the name, is always shown.
    if (left < gap + least && chosen.size > 0) continue;
    const taken = Math.min(width, Math.max(least, left - gap - (chosen.size === 0 ? 40 : 0)));
    chosen.set(index, taken);
    left -= gap + taken;
  }
  return [...chosen].sort(([a], [b]) => a - b);
}

/** What a status or an image's name says comes from containers. */
function shownCell(cell: Cell): Cell {
  return { ...cell, text: printable(cell.text) };
}

function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

function unitCell(row: ServiceRow, nowMs: number): Cell {
  const { state, sub, result, exit_status: code } = row;
  if (keepsFailing(row, nowMs)) return { text: "keeps failing", color: "red" };
  if (state === "active") return { text: "active", color: "green" };
  if (state === "failed") {
    return { text: result === "exit-code" ? `failed (${code})` : `failed (${result})`, color: "red" };
  }
  if (state === "activating" && sub === "auto-restart") return { text: "restarting", color: "yellow" };
  return { text: state, ...(/^(?:activating|deactivating|reloading)$/.test(state) && { color: "yellow" }) };
}

function checksCell({ checks }: ServiceRow): Cell {
  if (checks.length === 0) return { text: "-" };
  const failing = checks.filter(({ ok }) => !ok).length;
  if (failing === 0) return { text: `${checks.length} pass`, color: "green" };
  return { text: `${failing} of ${checks.length} fail`, color: "red" };
}

/** The check whose latency is shown: the first that fails, else the slowest. The check for presence takes no time. */
function shownCheck(checks: readonly CheckStatus[]): CheckStatus | undefined {
  const last = ({ history }: CheckStatus) => Math.abs(history.at(-1) ?? 0);
  const asked = checks.filter(({ kind }) => kind !== "check_container_present");
  return asked.find(({ ok }) => !ok) ?? asked.toSorted((a, b) => last(b) - last(a))[0];
}

function latencyCell(check: CheckStatus | undefined): Cell {
  const last = check?.history.at(-1);
  if (last === undefined) return { text: "-" };
  const ms = Math.abs(last);
  const text = ms < 1000 ? `${ms}ms` : `${(ms / 1000).toFixed(1)}s`;
  return last < 0 ? { text, color: "red" } : { text };
}

/** A bar for each run, its height the duration; `×` for a run that failed. */
function historyCell(check: CheckStatus | undefined): Cell {
  const runs = (check?.history ?? []).slice(-HISTORY_SHOWN);
  if (runs.length === 0) return { text: "-" };
  const most = Math.max(...runs.map(Math.abs));
  const bar = (ms: number) => BARS[Math.min(BARS.length - 1, Math.floor(ms / most * BARS.length))] ?? "";
  return { text: runs.map((ms) => ms < 0 ? "×" : bar(ms)).join("") };
}

/** e.g. `5d`, `3h12m`, `45s` */
export function age(since: string | null, nowMs: number): string {
  if (since === null) return "-";
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1000));
  const [minutes = 0, hours = 0, days = 0] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return days >= 10 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
