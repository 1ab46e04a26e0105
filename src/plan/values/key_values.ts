/** Environment variables and labels, from flags and from files of `NAME=value` lines. */
import { ValueError } from "../../errors.ts";
import { cut, quote, trimLeft } from "./go_strings.ts";

/** The CLI reads lines into a buffer of 64 KiB, one byte of which is for the line's end. */
const LINE_LIMIT_BYTES = 65_535;

/** `NAME=value` as it is; a bare `NAME` with the value of our own variable, or still bare if we have none. */
export function parseEnv(text: string, env: (name: string) => string | undefined): string {
  const [name, value] = cut(text, "=");
  if (name === "") {
    throw new ValueError("invalid environment variable: no name; must be NAME or NAME=value");
  }
  const outside = value === undefined ? env(name) : undefined;
  return outside === undefined ? text : `${name}=${outside}`;
}

/** The label unchanged, once checked; even white space before the name is kept. @throws {ValueError} */
export function checkLabel(text: string): string {
  const name = cut(text, "=")[0].replace(/^[ \t]+/, "");
  if (name === "") throw new ValueError(`invalid label ${quote(text)}: empty name`);
  if (/[ \t]/.test(name)) throw new ValueError(`label ${quote(name)} contains whitespaces`);
  return text;
}

/**
 * The `NAME=value` entries of a file. Empty lines and lines that start with `#` do not count, white space before a
 * name is dropped; quotes and everything else in a value is kept. A bare name takes the value that `lookUp` gives,
 * and is left out where there is none.
 */
export function parseKeyValueFile(bytes: Uint8Array, lookUp: (name: string) => string | undefined): string[] {
  return splitLines(bytes).flatMap((lineBytes, i) => {
    if (lineBytes.length > LINE_LIMIT_BYTES) throw new ValueError(`line ${i + 1} is longer than 64 KiB`);
    const line = trimLeft(decodeLine(lineBytes, i));
    if (line === "" || line.startsWith("#")) return [];
    const [name, value] = cut(line, "=");
    if (name === "") throw new ValueError(`no variable name on line ${i + 1}`);
    // The line is not shown: it may be the second one of a secret.
    if (/[ \t]/.test(name)) {
      throw new ValueError(`variable on line ${i + 1} contains whitespaces in its name`);
    }
    if (value !== undefined) return [line];
    const outside = lookUp(name);
    return outside === undefined ? [] : [`${name}=${outside}`];
  });
}

const NEWLINE = 10;

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function decodeLine(bytes: Uint8Array, index: number): string {
  let line: string;
  try {
    line = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ValueError(`line ${index + 1} is not valid UTF-8`);
  }
  // Only the first line may have a byte order mark, and one "\r" at the end belongs to the line's end.
  return (index === 0 ? line.replace(/^\uFEFF/, "") : line).replace(/\r$/, "");
}
