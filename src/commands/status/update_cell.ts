/** What is told of updates in the table of services. */
import type { UpdateState } from "../../logging/update_result.ts";
import type { Color } from "../command_context.ts";
import { age } from "./age.ts";
import type { ServiceRow } from "./service_row.ts";

interface Word {
  readonly text: string;
  readonly color?: Color;
  /** Whether it matters how long ago that was. */
  readonly isDated?: boolean;
}

const WORDS: ReadonlyMap<UpdateState, Word> = new Map<UpdateState, Word>([
  ["updating", { text: "under way", color: "yellow" }],
  ["probation", { text: "on probation", color: "yellow" }],
  ["available", { text: "available", color: "yellow" }],
  ["waiting", { text: "waiting", color: "yellow" }],
  ["pulled", { text: "at next start", color: "yellow" }],
  ["updated", { text: "done", isDated: true }],
  ["rolled_back", { text: "rolled back", color: "yellow", isDated: true }],
  ["taken_back", { text: "taken back", color: "red", isDated: true }],
  ["refused", { text: "refused", color: "yellow" }],
  ["failed", { text: "failed", color: "red", isDated: true }],
]);

/** Undefined where there is nothing to tell. */
export function updateCell(
  { update, state }: ServiceRow,
  nowMs: number,
): { readonly text: string; readonly color?: Color } | undefined {
  const word = update === null ? undefined : WORDS.get(update.state);
  // It has been started since.
  if (update === null || word === undefined || (update.state === "pulled" && state === "active")) {
    return undefined;
  }
  const { text, isDated, ...shown } = word;
  return { ...shown, text: isDated ? `${text} ${age(update.at, nowMs)}` : text };
}
