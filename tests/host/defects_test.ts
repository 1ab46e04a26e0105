/** What nobody has caught does not end the process by itself. */
import { deepEqual } from "node:assert/strict";

const SCRIPT = `
import { onDefect } from "${new URL("../../src/host/defects.ts", import.meta.url)}";
onDefect((error) => console.log(error.message));
Promise.reject(new Error("rejected"));
setTimeout(() => { throw new Error("thrown"); }, 0);
setTimeout(() => console.log("still alive"), 1);
`;

Deno.test("onDefect() hears of a rejection nobody handles and of an error thrown by a timer; the process goes on", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", SCRIPT],
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  deepEqual([code, lines], [0, ["rejected", "thrown", "still alive"]]);
});
