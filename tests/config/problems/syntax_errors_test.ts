import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { parseYaml } from "../../../src/config/load_config.ts";
import { ConfigError } from "../../../src/errors.ts";

/** What is said of a text that is not YAML, and the part of it that is marked. */
async function explained(text: string): Promise<{ message: string; line: number; marked: string }> {
  let found: ConfigError | undefined;
  await rejects(parseYaml("web.yaml", text), (error) => {
    found = error as ConfigError;
    return error instanceof ConfigError;
  });
  const [{ message, span } = { message: "", span: undefined }] = found?.problems ?? [];
  ok(span !== undefined);
  const line = text.slice(0, span.start).split("\n").length;
  return { message, line, marked: text.slice(span.start, span.end) };
}

Deno.test("a mistake that people often make is known, and marked where it is", async (t) => {
  const twice = (key: string, line: number) => `the key "${key}" is given twice, first in line ${line}`;
  const cases: [text: string, message: string, line: number, marked: string][] = [
    ["a:\n\t\tb: c\n", "a tab indents this line; YAML takes only spaces", 2, "\t\t"],
    ["a:\n  b: c\n  \td: e\n", "a tab indents this line; YAML takes only spaces", 3, "\t"],
    ["a: [\n\tb\n]\n", "a tab indents this line; YAML takes only spaces", 2, "\t"],
    ["a: 1\r\nb: 2\r\na: 3\r\n", twice("a", 1), 3, "a"],
    ['a:\n  - "b": 1\n    # b: 2\n    "b": 3\n', twice("b", 2), 4, "b"],
    ["a: &one x\nb: *oen\n", 'there is no anchor of this name; did you mean "*one"?', 2, "*oen"],
    [
      "a: [ls, *.txt]\n",
      'there is no anchor of this name; if the value is to begin with "*", put it in quotes',
      1,
      "*.txt",
    ],
    ["a: 1\nimage:nginx\n", 'a space is missing behind ":"', 2, ":"],
    ["a: 1\nimage:nginx", 'a space is missing behind ":"', 2, ":"],
    ["port:80\n\n# b\nb: 1\n", 'a space is missing behind ":"', 1, ":"],
    ["a:\n  - host:localhost\n    port: 80\n", 'a space is missing behind ":"', 2, ":"],
    ["a: 'b\nc: d\n", "this single quote is never closed", 1, "'"],
    ['a: [b, "c]\nd: "e"\n', "this double quote is never closed", 1, '"'],
    ["a: [b\nc: [d]\n", 'this "[" is never closed', 1, "["],
    ["a: {b: [c}\nd: e\n", 'this "[" is never closed', 1, "["],
    ['a: "]"\nb: # ]\n  - &c {d: e\n', 'this "{" is never closed', 3, "{"],
  ];
  for (const [text, ...expected] of cases) {
    await t.step(JSON.stringify(text), async () => {
      const { message, line, marked } = await explained(text);
      deepEqual([message, line, marked], expected);
    });
  }
});

Deno.test("a mistake is not taken for another one that only looks alike", async (t) => {
  const cases: [text: string, reason: RegExp][] = [
    // The key is in another mapping.
    ["a:\n  c: 1\nb:\n   d: 2\n  c: 3\n", /bad indentation/],
    // The anchor is there.
    ["&a b: 1\n*a : 2\n", /duplicated mapping key/],
    // The item is a text, and right.
    ["a:\n  - web:latest\n  b: c\n", /bad indentation/],
    ["a:\n  - http://x\n    b: c\n", /bad indentation/],
    // What is open is closed later, or opened later.
    ["a: b: [c\n", /bad indentation/],
    ["a: [{b: / c: 5}]\n", /missed comma/],
    ['a: "b\n  \\d"\n', /unknown escape/],
    ["a: it's [fine\nb: c\n d: e\n", /bad indentation/],
  ];
  for (const [text, reason] of cases) {
    await t.step(JSON.stringify(text), async () => {
      const { message } = await explained(text);
      ok(message.startsWith("it is not valid YAML: ") && reason.test(message), message);
    });
  }
});

Deno.test("a text of 1 MiB that is not YAML is explained, too, without a long search", async () => {
  for (const line of ["a: [b, 'c', {d: e}]\n", `["[", '`, "- &a *b\n", "  \n"]) {
    const { message } = await explained(`a: x\n${line.repeat(1024 * 1024 / line.length)}\nb: @\n`);
    ok(message !== "");
  }
  equal(
    (await explained(`a: "${"\\\\".repeat(500_000)}\nb: c`)).message,
    "this double quote is never closed",
  );
});
