/** Text of others on its way to a terminal. */
import { equal } from "node:assert/strict";
import { printable, printableJson, printableLines, withoutPage } from "../src/printable.ts";

Deno.test("printable() leaves one line that can neither move a cursor, nor colour, nor turn the writing around", () => {
  equal(printable("up\x1b[2J\x9b31m, \u202egnp.exe\r\n\ttwo\0"), "up [2J 31m,  gnp.exe two ");
  equal(printable("Läuft 👍 – \u05d0"), "Läuft 👍 – \u05d0");
});

Deno.test("printableLines() keeps line breaks, tabs and our colours", () => {
  equal(
    printableLines("\x1b[31mred\x1b[39m\n\tx\x1b]0;title\x07\r\x9b2J"),
    "\x1b[31mred\x1b[39m\n\tx ]0;title   2J",
  );
});

Deno.test("printableJson() means the same", () => {
  const value = { "\x9b": "\x7f" };
  equal(printableJson(JSON.stringify(value)), String.raw`{"\u009b":"\u007f"}`);
});

Deno.test("withoutPage() leaves of a page of HTML no more than its title", () => {
  const page =
    "<!DOCTYPE html>\r\n<html>\n<head><title>502 Bad\n Gateway</title></head>\n<body>x</body>\n</html>\n";
  const cases: [text: string, expected: string][] = [
    [page, 'the page "502 Bad  Gateway"'],
    [
      `error parsing HTTP 502 response body: ${JSON.stringify(page)}, twice`,
      'error parsing HTTP 502 response body: the page "502 Bad\\n Gateway", twice',
    ],
    ["<html><body><h1>403 Forbidden</h1>that is cut o", 'the page "403 Forbidden"'],
    ["<center>nginx", "a page of HTML"],
    [`<html><title>${"a".repeat(1000)}</title></html>`, `the page "${"a".repeat(100)}"`],
    ["<title>".repeat(1_000_000), "a page of HTML"],
    ["a < b, <nil> and <none>", "a < b, <nil> and <none>"],
  ];
  for (const [text, expected] of cases) equal(withoutPage(text), expected);
});
