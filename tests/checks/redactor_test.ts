import { equal, ok } from "node:assert/strict";
import { Redactor, shownUrl } from "../../src/checks/redactor.ts";

Deno.test("Redactor.beginning() cuts at 1 KiB, between characters", () => {
  const shown = new Redactor([]);
  equal(shown.beginning("x".repeat(1024)), "x".repeat(1024));
  equal(shown.beginning("x".repeat(1025)), `${"x".repeat(1024)}…`);
  equal(shown.beginning(`x${"ä".repeat(1000)}`), `x${"ä".repeat(511)}…`);
});

Deno.test("Redactor.beginning() shows no secret, nor a part of one at any cut", () => {
  const secret = "0123456789abcdef";
  const shown = new Redactor([secret, "1", `${secret}-more`]);
  equal(shown.beginning(`a ${secret}-more b ${secret} 1`), "a ••• b ••• 1");
  for (const length of [1015, 16 * 1024 - 8]) {
    const text = shown.beginning("x".repeat(length) + secret);
    ok(!text.includes("0123"), text.slice(-40));
  }
  // What goes for a secret makes room for what stands behind: there the next cut is.
  const many = shown.beginning(secret.repeat(1023) + "-" + secret);
  ok(!/\d/.test(many), many);
});

Deno.test("shownUrl() leaves out the values of the query", () => {
  equal(shownUrl("http://a/b?token=x%20y&c&d=#e"), "http://a/b?token=…&c&d=#e");
});
