import fc from "fast-check";
import { deepEqual, ok } from "node:assert/strict";
import { isQuick } from "../../src/logging/quick_pattern.ts";

const QUICK = [
  "^\\S",
  "^\\d{4}-\\d{2}-\\d{2} ",
  "^\\[[^\\]]+\\]",
  "ERROR|WARN",
  "^(INFO|WARN) ",
  "^\\w+: .*x",
  "a*\\)",
];
const UNKNOWN = [
  "(a+)+$",
  "^(a|aa)+$",
  "\\w+.*: .*\\(.*\\)",
  "^a*b*c*$",
  "^(\\d{3}){4,}",
  "(a*){30}",
  "^a*|b*c*",
  "(?:x?)?",
];

Deno.test("isQuick() knows what people write to begin a record, and takes nothing for quick that may not be", () => {
  deepEqual(QUICK.filter((source) => !isQuick(new RegExp(source, "u"))), []);
  deepEqual(UNKNOWN.filter((source) => isQuick(new RegExp(source, "u"))), []);
});

Deno.test("a pattern that counts as quick is quick for lines that are made for it", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    ".",
    "\\w",
    "[ab]",
    "[^b]",
    "a*",
    ".*",
    "\\w+",
    "b{2}",
    "a?",
    "(a",
    ")",
    "|",
    "$",
    "c",
  );
  const source = fc.tuple(fc.constantFrom("", "^"), fc.array(piece, { maxLength: 8 }))
    .map(([start, pieces]) => start + pieces.join(""))
    .filter((source) => {
      try {
        return isQuick(new RegExp(source, "u"));
      } catch {
        return false;
      }
    });
  const texts = ["a", "b", "ab", "aab"].map((unit) => unit.repeat(4096).slice(0, 4095) + "!");
  fc.assert(
    fc.property(source, (source) => {
      const pattern = new RegExp(source, "u");
      const startedAtMs = performance.now();
      for (const text of texts) pattern.test(text);
      const tookMs = performance.now() - startedAtMs;
      ok(tookMs < 2000, `${source}: ${tookMs} ms`);
    }),
    { numRuns: 300 },
  );
});
