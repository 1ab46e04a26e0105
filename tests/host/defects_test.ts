/** What nobody has caught does not end the process by itself. */
import { deepEqual } from "node:assert/strict";

const SCRIPT = `
import { onDefect } from "${new URL("../../src/host/defects.ts", import.meta.url)}";
onDefect((error) => console.log(error.message));
Promise.reject(new Error("rejected"));
setTimeout(() => {
  setTimeout(() => console.log("still alive"), 1);
  throw new Error("thrown");
}, 0);
`;

Deno.test("onDefect() hears of a rejection nobody handles and of an error thrown by a timer; the process goes on", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", SCRIPT],
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  // On a machine that is busy the timer may be due before the rejection is told.
  deepEqual([code, lines.slice(0, 2).sort(), lines.slice(2)], [0, ["rejected", "thrown"], ["still alive"]]);
});
