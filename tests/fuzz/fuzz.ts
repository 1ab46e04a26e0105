/**
 * `deno task fuzz`: inputs that nobody meant, for every place where something of others comes in.
 *
 *     deno task fuzz                              each target for ten minutes
 *     deno task fuzz --seconds 3600 lines http    these, for an hour each
 *     deno task fuzz --seed 42 lines              the same inputs once more
 */
import { parseArgs } from "node:util";
import { fuzz, names } from "./run_target.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "600" }, seed: { type: "string" } },
});
let failed = 0;
for (const name of names(positionals)) {
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  const { report, ok } = await fuzz(name, { seconds: Number(values.seconds), seed });
  await Deno.stdout.write(new TextEncoder().encode(`${report}\n`));
  if (!ok) failed++;
}
Deno.exit(failed === 0 ? 0 : 1);
