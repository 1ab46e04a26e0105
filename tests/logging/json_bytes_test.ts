import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { copyAsJson, LONGEST_ESCAPE_BYTES, readableJson, toJson } from "../../src/logging/json_bytes.ts";

/** Where RFC 3629 draws a line, on both sides of it, and what JSON escapes. */
const EDGES = [
  ...[0x00, 0x0a, 0x1b, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf],
  ...[0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
];

/** The inside of the JSON string; undefined if the bytes are not UTF-8. */
function viaStrings(bytes: Uint8Array): string | undefined {
  try {
    return toJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)).slice(1, -1);
  } catch {
    return undefined;
  }
}

const target = new Uint8Array(4 * LONGEST_ESCAPE_BYTES + 1);

function viaBytes(bytes: Uint8Array): string | undefined {
  const end = copyAsJson(bytes, 0, bytes.length, target, 1);
  return end === -1
    ? undefined
    : new TextDecoder("utf-8", { ignoreBOM: true }).decode(target.subarray(1, end));
}

Deno.test("copyAsJson() writes what toJson() does, and nothing that is not UTF-8", () => {
  const compare = (...values: number[]) => {
    const bytes = Uint8Array.from(values);
    // Without a message for each of so many.
    if (viaBytes(bytes) !== viaStrings(bytes)) equal(viaBytes(bytes), viaStrings(bytes), `bytes ${values}`);
  };
  compare();
  for (let byte = 0; byte < 256; byte++) compare(byte);
  for (const first of EDGES) {
    for (const second of EDGES) {
      compare(first, second);
      for (const third of EDGES) {
        compare(first, second, third);
        if (first >= 0xf0) { for (const fourth of EDGES) compare(first, second, third, fourth); }
      }
    }
  }
});

// deno-lint-ignore no-control-regex -- they are what must not be there
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

Deno.test("toJson() holds no control character, and means what JSON.stringify does", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    deepEqual(JSON.parse(toJson(text)), JSON.parse(JSON.stringify(text)));
    ok(!CONTROL.test(toJson(text)));
  }));
  equal(toJson("\x9b31m\x7f"), String.raw`"\u009b31m\u007f"`);
});

Deno.test("readableJson() replaces half surrogate pairs and escapes control characters, and nothing else", () => {
  equal(
    readableJson(String.raw`{"a":"\ud800","b":"\uDC00x\ud83d\ude00"}`),
    String.raw`{"a":"\ufffd","b":"\ufffdx\ud83d\ude00"}`,
  );
  equal(
    readableJson(String.raw`"\ud83d\ud83d\ude00 \\ud800 \\\ud800"`),
    String.raw`"\ufffd\ud83d\ude00 \\ud800 \\\ufffd"`,
  );
  equal(readableJson(`{"a":"\x9b2J"}`), String.raw`{"a":"\u009b2J"}`);
  fc.assert(fc.property(fc.json(), (json) => {
    const readable = readableJson(json);
    deepEqual(
      JSON.parse(readable),
      JSON.parse(json, (_key, value) => typeof value === "string" ? value.toWellFormed() : value),
    );
    ok(!CONTROL.test(readable));
  }));
});
