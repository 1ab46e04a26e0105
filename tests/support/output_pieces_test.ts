import { deepEqual } from "node:assert/strict";
import { OutputPieces } from "./output_pieces.ts";

Deno.test({
  name: "OutputPieces writes the tests of a file when those of the next one begin, and the rest at the end",
  permissions: "none",
  fn() {
    const written: string[] = [];
    const pieces = new OutputPieces((piece) => written.push(piece));
    const texts = ["Check a\nrun", "ning 1 test from ./a_test.ts\na ... ", "ok (1ms)\n\x1b[0mrunning 12 te"];
    for (const text of texts) pieces.push(text);
    deepEqual(written, ["Check a\n"]);
    pieces.push("sts from ./b_test.ts\nb ... running 1 test from here ok\n");
    deepEqual(written.splice(0), ["Check a\n", "running 1 test from ./a_test.ts\na ... ok (1ms)\n"]);
    pieces.push("running 1 test from ./c_test.ts\nc ... ok\nrunning 1 test from ./d_test.ts\n");
    pieces.push("\nok | 15 passed | 0 failed\n");
    pieces.end();
    deepEqual(written, [
      "\x1b[0mrunning 12 tests from ./b_test.ts\nb ... running 1 test from here ok\n" +
      "running 1 test from ./c_test.ts\nc ... ok\n",
      "running 1 test from ./d_test.ts\n\nok | 15 passed | 0 failed\n",
    ]);
  },
});
