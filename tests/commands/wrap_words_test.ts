import fc from "fast-check";
import { deepEqual, ok } from "node:assert/strict";
import { wrapWords } from "../../src/commands/wrap_words.ts";

Deno.test("wrapWords() breaks between words, and within one only if it is longer than a line", () => {
  deepEqual(wrapWords("the container is not ready", 14), ["the container", "is not ready"]);
  deepEqual(wrapWords("see http://example.org/a/b/c now", 10), [
    "see",
    "http://exa",
    "mple.org/a",
    "/b/c now",
  ]);
  deepEqual(wrapWords("", 10), [""]);
});

Deno.test("wrapWords() loses nothing and keeps to the width", () => {
  const words = fc.array(fc.string({ minLength: 1, maxLength: 12 }).filter((word) => !word.includes(" ")), {
    minLength: 1,
  });
  fc.assert(fc.property(words, fc.integer({ min: 12, max: 40 }), (words, width) => {
    const lines = wrapWords(words.join(" "), width);
    deepEqual(lines.join(" ").split(" "), words);
    ok(lines.every((line) => [...line].length <= width));
  }));
});
