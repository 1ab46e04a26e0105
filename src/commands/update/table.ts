/** What has come of all services, for people. */
import type { UpdateState } from "../../logging/update_result.ts";
import { printable } from "../../printable.ts";
import type { Color, Paint } from "../command_context.ts";
import { age } from "../status/age.ts";
import { wrapWords } from "../wrap_words.ts";
import type { UpdateOutcome } from "./outcome.ts";

const TITLES = ["NAME", "RESULT", "FROM → TO", "AGE"] as const;
const WHY = "WHY";
const GAP = "  ";
const INDENT = "    ";
const ID_LENGTH = 12;
const COLORS: ReadonlyMap<UpdateState, Color> = new Map([
  ["updated", "green"],
  ["rolled_back", "green"],
  ["pulled", "green"],
  ["available", "yellow"],
  ["waiting", "yellow"],
  ["refused", "yellow"],
  ["taken_back", "red"],
  ["failed", "red"],
]);

export interface UpdateTableOptions {
  /** The terminal's width; undefined for no limit. */
  readonly columns: number | undefined;
  readonly nowMs: number;
  readonly paint: Paint;
}

/** The lines; why it is so stands below the row if there is no room beside it. */
export function renderOutcomes(
  outcomes: readonly UpdateOutcome[],
  { columns = Infinity, nowMs, paint }: UpdateTableOptions,
): string[] {
  const cells = [
    TITLES,
    ...outcomes.map(({ name, result, from, to, seen_at: seenAt }) => [
      name,
      result.replace("_", " "),
      change(from, to, result),
      age(seenAt, nowMs),
    ]),
  ].map((row) => row.map(printable));
  const widths = TITLES.map((_, index) => Math.max(...cells.map((row) => [...row[index]!].length)));
  const colors: (Color | undefined)[] = ["bold", ...outcomes.map(({ result }) => COLORS.get(result))];
  const reasons = [WHY, ...outcomes.map(({ why }) => printable(why ?? ""))];
  const taken = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const fits = reasons.every((reason) => taken + [...reason].length <= columns);
  return cells.flatMap((row, line) => {
    const shown = row.map((text, index) => {
      const padded = text + " ".repeat(widths[index]! - [...text].length);
      const color = line === 0 || index === 1 ? colors[line] : undefined;
      return color === undefined ? padded : paint(color, padded);
    });
    const reason = reasons[line]!;
    if (fits) return `${shown.join(GAP)}${GAP}${line === 0 ? paint("bold", reason) : reason}`.trimEnd();
    const below = line === 0 || reason === "" ? [] : wrapWords(reason, Math.max(1, columns - INDENT.length));
    return [shown.join(GAP).trimEnd(), ...below.map((text) => INDENT + text)];
  });
}

/** Of an image that is not here only the digest is known: `@0123456789ab`. */
function change(from: string | null, to: string | null, result: UpdateState): string {
  const mark = result === "available" || result === "waiting" ? "@" : "";
  const ids = [...from === null ? [] : [shortId(from)], ...to === null ? [] : [mark + shortId(to)]];
  return ids.length === 0 ? "-" : ids.join(" → ");
}

/** e.g. `0123456789ab` of `sha256:0123456789ab…` */
function shortId(id: string): string {
  return id.replace(/^\w+:/, "").slice(0, ID_LENGTH);
}
