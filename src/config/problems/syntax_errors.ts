/**
 * Why a text is no YAML, in words that say what to do. Loaded only when it is none.
 * In: the parser's reason and position. Out: a problem with its place, which often is not where the parser gave up.
 */
import type { Problem } from "../../errors.ts";
import { type Failure, SYNTAX_RULES } from "./syntax_rules.ts";

/** `position`: undefined where the parser names none. */
export function explainSyntax(
  text: string,
  { reason, position }: { readonly reason: string; readonly position: number | undefined },
): Problem {
  const failure = failureAt(text, reason, Math.min(position ?? 0, text.length));
  for (const rule of SYNTAX_RULES) {
    const found = rule(failure);
    if (found !== undefined) return problem(found.message, found.start ?? failure.position, found.length);
  }
  return problem(`it is not valid YAML: ${reason}`, failure.position);
}

/** For bytes that are no UTF-8: the text as far as it can be shown, and the first place that is wrong. */
export function explainEncoding(bytes: Uint8Array): { text: string; problem: Problem } {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) {
    const text = new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
    return { text, problem: problem("it is UTF-16 text: save the file as UTF-8", 0) };
  }
  const text = new TextDecoder().decode(bytes);
  const start = text.indexOf("\ufffd");
  const at = new TextEncoder().encode(text.slice(0, start)).length;
  const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  const message = `it is not UTF-8 text: the byte 0x${byte} can not stand here; save the file as UTF-8`;
  return { text, problem: problem(message, start) };
}

/** For a text whose aliases unfold to more than any config has; `count`: Infinity for a value within itself. */
export function explainBomb(text: string, { count, limit }: { count: number; limit: number }): Problem {
  const alias = /(?<=[\s[{,:])\*[\w-]+/.exec(text);
  const what = count === Infinity ? "for ever" : `to more than ${limit} values`;
  const message = `the file has aliases that unfold ${what}`;
  return problem(message, alias?.index ?? 0, alias?.[0].length);
}

function problem(message: string, start: number, length = 1): Problem {
  return { path: [], message, standsAlone: true, span: { start, end: start + length } };
}

function failureAt(text: string, reason: string, position: number): Failure {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const lineEnd = text.indexOf("\n", position);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, "");
  const before = [...text.slice(0, lineStart).matchAll(/^(?![ \t]*(?:#|\r?$)).*$/gm)].at(-1);
  const lineBefore = (before?.[0] ?? "").replace(/\r$/, "");
  return { text, reason, position, lineStart, line, lineBefore, lineBeforeStart: before?.index ?? 0 };
}
