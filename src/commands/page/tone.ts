/** How a service does, at one glance: a word, and a shape that is told apart without its colour. */
import { type Tone as UnitTone, unitWord } from "../status/condition.ts";
import type { ServiceRow } from "../status/service_row.ts";

export type Tone = UnitTone | "failing";

export interface Condition {
  readonly tone: Tone;
  /** e.g. `active`, `1 of 2 checks fail`, `failed (3)` */
  readonly word: string;
}

/** As `status` has it; and of a service that is up, whether its checks pass. */
export function conditionOf(row: ServiceRow, nowMs: number): Condition {
  const { text: word, tone } = unitWord(row, nowMs);
  if (row.unreadable !== null) return { tone: "unknown", word: `${word}, more is not known` };
  if (tone !== "up") return { tone, word };
  if (row.container === "paused" || row.container === "stopped") {
    return { tone: "changing", word: `container ${row.container}` };
  }
  const failing = row.checks.filter(({ ok }) => !ok).length;
  if (failing === 0) return { tone, word };
  const { length } = row.checks;
  return { tone: "failing", word: length === 1 ? "check fails" : `${failing} of ${length} checks fail` };
}

/** What needs somebody: also where it can not be known whether all is well. */
export function isTrouble({ tone }: Condition): boolean {
  return tone === "failing" || tone === "down" || tone === "unknown";
}
