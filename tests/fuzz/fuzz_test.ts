/** A minute of what `deno task fuzz` does for hours. */
import { ok } from "node:assert/strict";
import { fuzz, names } from "./run_target.ts";

for (const name of names([])) {
  Deno.test(`inputs that nobody meant: ${name}`, async () => {
    const { report, ok: passed } = await fuzz(name, { seconds: 10 });
    ok(passed, report);
  });
}
