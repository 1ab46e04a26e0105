/** A minute of what `deno task fuzz` does for hours. */
import { ok } from "node:assert/strict";
import { fuzz, names } from "./run_target.ts";

/** The same inputs each time: new ones are for `deno task fuzz`. */
const SEED = 20_261_126;

for (const name of names([])) {
  Deno.test(`inputs that nobody meant: ${name}`, async () => {
    const { report, ok: passed } = await fuzz(name, { seconds: 10, seed: SEED });
    ok(passed, report);
  });
}
