/** The table of services. Where the terminal is too narrow, the least important columns are left out. */
import type { CheckStatus } from "../../logging/service_status.ts";
import { printable } from "../../printable.ts";
import { clip } from "../clip.ts";
import type { Color, Paint } from "../command_context.ts";
import { wrapWords } from "../wrap_words.ts";
import { age } from "./age.ts";
import { remarks, story, type Tone, unitWord } from "./condition.ts";
import type { ServiceRow } from "./service_row.ts";
import { updateCell } from "./update_cell.ts";

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
  /** Whether it is left out where it has nothing to tell. */
  readonly isOptional?: boolean;
  readonly cell: (row: ServiceRow, nowMs: number) => Cell;
}

const GAP = "  ";
const BARS = "▁▂▃▄▅▆▇█";
const HISTORY_SHOWN = 10;
const INDENT = "    ";
const NOTHING = "-";

const COLUMNS: readonly Column[] = [
  { title: "SERVICE", rank: 0, least: 12, cell: ({ name }) => ({ text: name }) },
  { title: "UNIT", rank: 1, cell: unitCell },
  {
    title: "CONTAINER",
    rank: 7,
    cell: ({ container }) => ({
      text: container === "none" ? NOTHING : container === "unknown" ? "?" : container,
      ...(container === "paused" && { color: "yellow" }),
    }),
  },
  { title: "SINCE", rank: 3, right: true, cell: ({ since }, nowMs) => ({ text: age(since, nowMs) }) },
  {
    title: "RESTARTS",
    rank: 6,
    right: true,
    cell: ({ restarts }) => ({ text: String(restarts), ...(restarts > 0 && { color: "yellow" }) }),
  },
  { title: "CHECKS", rank: 2, cell: checksCell },
  { title: "LATENCY", rank: 5, right: true, cell: ({ checks }) => latencyCell(shownCheck(checks)) },
  { title: "HISTORY", rank: 8, cell: ({ checks }) => historyCell(shownCheck(checks)) },
  {
    title: "LINES/MIN",
    rank: 9,
    right: true,
    cell: ({ lines_per_minute: rate }) => ({ text: rate === null ? NOTHING : String(rate) }),
  },
  {
    title: "UPDATE",
    rank: 4,
    isOptional: true,
    cell: (row, nowMs) => updateCell(row, nowMs) ?? { text: NOTHING },
  },
  { title: "IMAGE", rank: 10, least: 16, cell: ({ image }) => ({ text: image ?? NOTHING }) },
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
  const body = rows.map((row) => COLUMNS.map(({ cell }) => shownCell(cell(row, nowMs))));
  const cells = [titles, ...body];
  const widths = COLUMNS.map(({ isOptional }, index) => {
    const isEmpty = isOptional && body.every((line) => line[index]!.text === NOTHING);
    return isEmpty ? 0 : Math.max(...cells.map((line) => [...line[index]!.text].length));
  });
  const shown = fit(widths, columns);
  const lines = renderLines(cells, shown, paint);
  const stories = [
    STATUS,
    ...rows.map((row) => printable(remarks(story(row, nowMs) ?? (row.status || NOTHING), row, nowMs))),
  ];
  const room = columns === undefined
    ? Infinity
    : columns - shown.reduce((sum, [, width]) => sum + width + GAP.length, 0);
  const areAllShown = shown.length === widths.filter((width) => width > 0).length;
  if (areAllShown && stories.every((text) => [...text].length <= room)) {
    return lines.map((line, index) => line + GAP + (index === 0 ? paint("bold", STATUS) : stories[index]));
  }
  const below = rows.map((row) => {
    const text = remarks(story(row, nowMs), row, nowMs);
    const width = Math.max(1, (columns ?? Infinity) - INDENT.length);
    return text === "" ? [] : wrapWords(printable(text), width).map((line) => INDENT + line);
  });
  return lines.flatMap((line, index) => [line.trimEnd(), ...below[index - 1] ?? []]);
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

/** The columns to show and their widths, but for those without any: added by rank until the line is full; a column that may be cut gets the rest. */
function fit(widths: readonly number[], columns: number | undefined): [index: number, width: number][] {
  const byRank = COLUMNS.map((_, index) => index).sort((a, b) => COLUMNS[a]!.rank - COLUMNS[b]!.rank);
  const chosen = new Map<number, number>();
  let left = columns ?? Infinity;
  for (const index of byRank) {
    const gap = chosen.size === 0 ? 0 : GAP.length;
    const width = widths[index]!;
    if (width === 0) continue;
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

const TONE_COLORS: Readonly<Partial<Record<Tone, Color>>> = { up: "green", down: "red", changing: "yellow" };

function unitCell(row: ServiceRow, nowMs: number): Cell {
  const { text, tone } = unitWord(row, nowMs);
  const color = TONE_COLORS[tone];
  return color === undefined ? { text } : { text, color };
}

function checksCell({ checks }: ServiceRow): Cell {
  if (checks.length === 0) return { text: NOTHING };
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
  if (last === undefined) return { text: NOTHING };
  const ms = Math.abs(last);
  const text = ms < 1000 ? `${ms}ms` : `${(ms / 1000).toFixed(1)}s`;
  return last < 0 ? { text, color: "red" } : { text };
}

/** A bar for each run, its height the duration; `×` for a run that failed. */
function historyCell(check: CheckStatus | undefined): Cell {
  const runs = (check?.history ?? []).slice(-HISTORY_SHOWN);
  if (runs.length === 0) return { text: NOTHING };
  const most = Math.max(...runs.map(Math.abs));
  const bar = (ms: number) => BARS[Math.min(BARS.length - 1, Math.floor(ms / most * BARS.length))] ?? "";
  return { text: runs.map((ms) => ms < 0 ? "×" : bar(ms)).join("") };
}
