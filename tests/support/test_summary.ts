/** The closing line of `deno test`, read for a verdict in which nothing is skipped silently. */

/** How many tests passed and failed; what was ignored has failed. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
}

// deno-lint-ignore no-control-regex -- colour codes begin with ESC
const COLOURS = /\x1b\[[0-9;]*m/g;
const CLOSING_LINE =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(.*)$/gm;
const IGNORED = /(\d+) ignored(?: \((\d+) steps?\))?/;

/** Reads `ok | 3 passed (2 steps) | 0 failed | 1 ignored (12ms)`; a bad exit code is at least one failure. */
export function parseSummary(output: string, exitCode: number): Summary {
  const match = [...output.replace(COLOURS, "").matchAll(CLOSING_LINE)].at(-1);
  if (match === undefined) return { passed: 0, failed: 1 };
  const ignored = IGNORED.exec(match[3] as string);
  const failed = Number(match[2]) + Number(ignored?.[1] ?? 0) + Number(ignored?.[2] ?? 0);
  return { passed: Number(match[1]), failed: exitCode === 0 ? failed : Math.max(failed, 1) };
}
