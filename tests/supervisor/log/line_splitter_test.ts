import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { LineSplitter } from "../../../src/supervisor/log/line_splitter.ts";

interface Line {
  text: string;
  unfinished: boolean;
}

function split(chunks: readonly Uint8Array[], { limitBytes = 1024, terminal = false } = {}): Line[] {
  const lines: Line[] = [];
  const splitter = new LineSplitter({ limitBytes, terminal }, (bytes, from, to, unfinished) => {
    lines.push({ text: new TextDecoder().decode(bytes.subarray(from, to)), unfinished });
  });
  for (const chunk of chunks) splitter.push(chunk, 0, chunk.length);
  splitter.end();
  return lines;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const texts = (lines: readonly Line[]) => lines.map(({ text }) => text);

Deno.test("LineSplitter keeps empty lines, and a last line without a line break", () => {
  deepEqual(texts(split([bytesOf("a\n\n b \nlast")])), ["a", "", " b ", "last"]);
  deepEqual(texts(split([bytesOf("a\n")])), ["a"]);
  deepEqual(texts(split([])), []);
});

Deno.test("LineSplitter yields the same lines however the bytes are cut", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\n", ""));
  fc.assert(fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
    const bytes = bytesOf(lines.map((text) => `${text}\n`).join(""));
    const chunks: Uint8Array[] = [];
    let start = 0;
    for (
      const cut of [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
    ) {
      chunks.push(bytes.subarray(start, cut));
      start = cut;
    }
    deepEqual(texts(split(chunks)), lines);
  }));
});

Deno.test("LineSplitter hands a line beyond the limit over in pieces that cut no character", () => {
  const text = "é€😀x".repeat(200);
  const lines = split([bytesOf(`short\n${text}\nnext\n`)], { limitBytes: 64 });
  const pieces = lines.slice(1, -1);
  equal(texts(pieces).join(""), text);
  equal(texts(pieces).some((piece) => piece.includes("\ufffd")), false);
  deepEqual(pieces.map(({ unfinished }) => unfinished), [...pieces.slice(1).map(() => true), false]);
  deepEqual([lines[0]?.text, lines.at(-1)?.text], ["short", "next"]);
});

Deno.test("LineSplitter bounds a line of bytes that are no text", () => {
  const lines = split([new Uint8Array(1000).fill(0x80)], { limitBytes: 64 });
  equal(texts(lines).join("").length, 1000);
});

Deno.test("LineSplitter takes off the carriage return of a terminal's lines, and of no others", () => {
  deepEqual(texts(split([bytesOf("a\r\nb\r"), bytesOf("\nc\n")], { terminal: true })), ["a", "b", "c"]);
  deepEqual(texts(split([bytesOf("a\r\n")])), ["a\r"]);
});
