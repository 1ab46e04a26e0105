import { equal, ok } from "node:assert/strict";
import { Redactor, redactUrl } from "../../src/logging/redactor.ts";

Deno.test("Redactor.excerpt() cuts at 1 KiB, between characters", () => {
  const redactor = new Redactor([]);
  equal(redactor.excerpt("x".repeat(1024)), "x".repeat(1024));
  equal(redactor.excerpt("x".repeat(1025)), `${"x".repeat(1024)}…`);
  equal(redactor.excerpt(`x${"ä".repeat(1000)}`), `x${"ä".repeat(511)}…`);
});

Deno.test("Redactor.excerpt() shows no secret, nor a part of one at any cut", () => {
  const secret = "0123456789abcdef";
  const redactor = new Redactor([secret, "1", `${secret}-more`]);
  equal(redactor.excerpt(`a ${secret}-more b ${secret} 1`), "a ••• b ••• 1");
  for (const length of [1015, 16 * 1024 - 8]) {
    const text = redactor.excerpt("x".repeat(length) + secret);
    ok(!text.includes("0123"), text.slice(-40));
  }
  // What goes for a secret makes room for what stands behind: there the next cut is.
  const many = redactor.excerpt(secret.repeat(1023) + "-" + secret);
  ok(!/\d/.test(many), many);
});

Deno.test("Redactor finds a secret in JSON, too", () => {
  const secret = 'pass"w\\ord\n1';
  equal(new Redactor([secret]).redact(JSON.stringify({ got: secret })), '{"got":"•••"}');
});

Deno.test("redactUrl() leaves out the values of the query", () => {
  equal(redactUrl("http://a/b?token=x%20y&c&d=#e"), "http://a/b?token=…&c&d=#e");
});
