/** The checks in a few words, for STATUS=; however many there are, it stays short. */
import type { CheckState } from "./judgement.ts";

export interface Failure {
  readonly name: string;
  readonly reason: string;
  readonly forMs: number;
}

/** More than that many failing checks are named without their reasons. */
const EXPLAINED = 2;
const NAMED = 3;
const REASON_LENGTH = 200;

/**
 * e.g. `3 checks pass`, `1 check passes, 2 yet to run`, `http /index.html failing for 2 min (status 500, expected 200)`
 * or `4 of 1000 checks failing: a, b, c, …`
 */
export function summarize(
  counts: Readonly<Record<CheckState, number>>,
  failures: readonly Failure[],
): string {
  const total = counts.failing + counts.passing + counts.undecided + counts["not run"];
  if (total === 0) return "no checks";
  if (failures.length > EXPLAINED) {
    return `${failures.length} of ${total} checks failing: ${
      shortList(failures.map(({ name }) => name), ", ")
    }`;
  }
  if (failures.length > 0) return failures.map(failureText).join("; ");
  const checks = total === 1 ? "check" : "checks";
  if (counts["not run"] === total) return `${total} ${checks} yet to run`;
  return [
    counts.passing === 0 ? "" : counts.passing === 1 ? "1 check passes" : `${counts.passing} checks pass`,
    counts.undecided === 0 ? "" : `${counts.undecided} undecided`,
    counts["not run"] === 0 ? "" : `${counts["not run"]} yet to run`,
  ].filter((part) => part !== "").join(", ");
}

/** e.g. `a, b, c, …` */
export function shortList(items: readonly string[], separator: string): string {
  return [...items.slice(0, NAMED), ...items.length > NAMED ? ["…"] : []].join(separator);
}

/** e.g. `http / failing for 2 min (status 500)`: in whole minutes, so that the text changes once a minute. */
export function failureText({ name, reason, forMs }: Failure): string {
  const minutes = Math.floor(forMs / 60_000);
  const short = reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH)}…` : reason;
  return `${name} failing${minutes === 0 ? "" : ` for ${minutes} min`} (${short})`;
}
