/** One line of the table: what was measured, what it is compared with, and the budget. */

export interface Row {
  readonly what: string;
  /** With its unit, e.g. `2.1 s`. */
  readonly measured: string;
  /** What the same took with something else, in the same run, e.g. "docker logs: 5.1 s". */
  readonly comparedWith?: string;
  /** E.g. `≤ 1.05 ×`; undefined for what is only shown. */
  readonly budget?: string;
  readonly passed?: boolean;
}

/** A number that has to stay within a limit of its own. */
export function limited(what: string, value: number, limit: number, unit: string): Row {
  return {
    what,
    measured: `${short(value)} ${unit}`,
    budget: `≤ ${limit} ${unit}`,
    passed: value <= limit,
  };
}

/** A number that has to stay within a multiple of another one. */
export function compared(
  what: string,
  value: number,
  other: { readonly name: string; readonly value: number; readonly unit: string; readonly limit: number },
): Row {
  const ratio = value / other.value;
  return {
    what,
    measured: `${short(value)} ${other.unit} (${ratio.toFixed(2)} ×)`,
    comparedWith: `${other.name}: ${short(other.value)} ${other.unit}`,
    budget: `≤ ${other.limit} ×`,
    passed: ratio <= other.limit,
  };
}

/** A number that is only shown. */
export function shown(what: string, measured: string): Row {
  return { what, measured };
}

export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

/** The rows as a table of Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, measured, comparedWith, budget, passed }) =>
    `| ${what} | ${measured} | ${comparedWith ?? ""} | ${budget ?? ""} | ${verdict(passed)} |`
  );
  return ["| what | measured | compared with | budget | |", "| --- | --- | --- | --- | --- |", ...lines].join(
    "\n",
  );
}

function verdict(passed: boolean | undefined): string {
  return passed === undefined ? "" : passed ? "pass" : "**fail**";
}
