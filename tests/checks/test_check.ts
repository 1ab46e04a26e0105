/** A check as a test needs it: what it does not say is as in a config that says nothing. */
import { DEFAULT_OPTIONS } from "../../src/config/check_options.ts";
import type { Check } from "../../src/checks/check.ts";

export function testCheck(name: string, options: Partial<Check> = {}): Check {
  return {
    ...DEFAULT_OPTIONS,
    name,
    kind: "check_http",
    frequencyTicks: 1,
    run: () => Promise.resolve({ ok: true }),
    ...options,
  };
}
