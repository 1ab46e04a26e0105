/** Two hundred checks a second for a few seconds; for minutes of it: `deno task soak`. */
import { deepEqual, ok } from "node:assert/strict";
import { leftOver, soak } from "../support/check_soak.ts";

Deno.test("two hundred checks a second leave no socket, pipe, process or exec behind", async () => {
  const result = await soak({ warmUpSeconds: 4, seconds: 8, sampleSeconds: 4 });
  deepEqual(leftOver(result), []);
  const { commands, execs, zombies, children } = result.after;
  deepEqual({ commands, execs, zombies, children }, { commands: 0, execs: 0, zombies: 0, children: 0 });
  deepEqual(result.complaints, []);
  // A check misses its turn only while it is under way.
  ok(result.httpRequestsPerSecond > 60, `only ${result.httpRequestsPerSecond} requests a second`);
});
