/**
 * Why a text is not YAML, with the place of the mistake. Loaded only when it is not.
 * In: the parser's reason and position. Out: a problem. The mistakes that people make most often are known by what
 * stands around the position, which often is not where they are; of all others the parser's own reason is told.
 */
import type { Problem } from "../../errors.ts";
import { nearest } from "../../nearest.ts";

/** Where the parser gave up, and the line of that place. */
interface Failure {
  readonly text: string;
  readonly position: number;
  readonly line: string;
  readonly lineStart: number;
}

/** A message and the characters that it is about, one if `length` is not given. */
interface Mistake {
  readonly message: string;
  readonly start: number;
  readonly length?: number;
}

/** `position`: undefined where the parser names none, since the text is YAML, but not one document of it. */
export function explainSyntax(
  text: string,
  { reason, position: end }: { readonly reason: string; readonly position: number | undefined },
): Problem {
  if (end === undefined) return problem({ message: reason, start: 0 });
  const position = Math.min(end, text.length);
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const line = /.*/.exec(text.slice(lineStart))?.[0] ?? "";
  for (const rule of [tabIndentation, unknownAlias, duplicateKey, missingSpace, unclosed]) {
    const mistake = rule({ text, position, line, lineStart });
    if (mistake !== undefined) return problem(mistake);
  }
  return problem({ message: `it is not valid YAML: ${reason}`, start: position });
}

/** For bytes that are not UTF-8: the text as far as it can be shown, and the first place that is wrong. */
export function explainEncoding(bytes: Uint8Array): { text: string; problem: Problem } {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) {
    const text = new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
    return { text, problem: problem({ message: "it is UTF-16 text: save the file as UTF-8", start: 0 }) };
  }
  const text = new TextDecoder().decode(bytes);
  const start = text.indexOf("\ufffd");
  const at = new TextEncoder().encode(text.slice(0, start)).length;
  const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  const message = `it is not UTF-8 text: the byte 0x${byte} can not stand here; save the file as UTF-8`;
  return { text, problem: problem({ message, start }) };
}

/** For a text whose aliases unfold to more than any config has; `count`: Infinity for a value within itself. */
export function explainBomb(text: string, { count, limit }: { count: number; limit: number }): Problem {
  const alias = /(?<=[\s[{,:])\*[\w-]+/.exec(text);
  const what = count === Infinity ? "for ever" : `to more than ${limit} values`;
  const message = `the file has aliases that unfold ${what}`;
  return problem({ message, start: alias?.index ?? 0, length: alias?.[0].length ?? 1 });
}

function problem({ message, start, length = 1 }: Mistake): Problem {
  return { path: [], message, standsAlone: true, span: { start, end: start + length } };
}

function tabIndentation({ line, lineStart }: Failure): Mistake | undefined {
  const [, spaces = "", tabs] = /^( *)(\t+)/.exec(line) ?? [];
  if (tabs === undefined) return undefined;
  const message = "a tab indents this line; YAML takes only spaces";
  return { message, start: lineStart + spaces.length, length: tabs.length };
}

/** The parser stops behind the `*`. */
function unknownAlias({ text, position }: Failure): Mistake | undefined {
  const name = /^[^\s,[\]{}]+/.exec(text.slice(position))?.[0];
  if (name === undefined || text[position - 1] !== "*") return undefined;
  const anchors = [...text.matchAll(/(?<=^|[\s[{,:-])&([^\s,[\]{}]+)/g)].map(([, anchor]) => anchor ?? "");
  if (anchors.includes(name)) return undefined;
  const near = nearest(name, anchors);
  const advice = near === undefined
    ? 'if the value is to begin with "*", put it in quotes'
    : `did you mean "*${near}"?`;
  const message = `there is no anchor of this name; ${advice}`;
  return { message, start: position - 1, length: name.length + 1 };
}

/** The parser stops at the second of two keys: the first is above it in the same column, in the same mapping. */
function duplicateKey({ text, position, lineStart }: Failure): Mistake | undefined {
  const key = /^[\w.-]+(?=["']?[ \t]*:)/.exec(text.slice(position))?.[0];
  if (key === undefined) return undefined;
  const indent = " ".repeat(position - lineStart);
  const above = text.slice(0, lineStart).split("\n");
  const first = above.findLastIndex((line) => {
    // The mapping of a list's item begins behind its dash.
    const bare = line.replace(/^[ "'-]*/, (lead) => " ".repeat(lead.length));
    return bare.startsWith(indent + key) && /^["']?[ \t]*:/.test(bare.slice(indent.length + key.length));
  });
  const outside = above.findLastIndex((line) => /^ *[^ #\r]/.test(line) && !line.startsWith(indent));
  if (first === -1 || first < outside) return undefined;
  const message = `the key "${key}" is given twice, first in line ${first + 1}`;
  return { message, start: position, length: key.length };
}

/** `image:nginx`, also behind the dash of a list's item; a URL is a text as it should be. */
const KEY_WITHOUT_SPACE = /^( *(?:- +)?)[a-z_]+:(?=[^\s/])/;

/** Without the space it is a text, which the parser notices at the end of its line or in the next one. */
function missingSpace({ text, line, lineStart }: Failure): Mistake | undefined {
  const message = 'a space is missing behind ":"';
  const here = KEY_WITHOUT_SPACE.exec(line);
  if (here !== null && !here[0].includes("-")) return { message, start: lineStart + here[0].length - 1 };
  const above = [...text.slice(0, lineStart).matchAll(/^(?! *(?:#|$)).+/gm)].at(-1);
  const [found, lead = ""] = KEY_WITHOUT_SPACE.exec(above?.[0] ?? "") ?? [];
  if (above === undefined || found === undefined) return undefined;
  // An item of a list may well be such a text, if no other key follows in its column.
  const isKey = line === "" ? !lead.includes("-") : line.search(/\S/) === lead.length;
  return isKey ? { message, start: above.index + found.length - 1 } : undefined;
}

/** Comments; quotes with what they hold, and opening brackets, where a value may begin; closing brackets. */
const TOKEN =
  /(?<=^|\s)#.*|(?<=(?:^|[[{,]|[:-][ \t])[ \t]*(?:&\S+[ \t]+)?)(?:"(?:[^"\\]|\\[^])*"?|'(?:[^']|'')*'?|[[{])|[\]}]/gm;
const OPENING: Readonly<Record<string, string>> = { "]": "[", "}": "{" };

/** The quote or bracket that is open where the parser gave up, and not closed later either. */
function unclosed({ text, position, lineStart }: Failure): Mistake | undefined {
  // A quote that goes on without being indented ends the value, and so does the end of the text.
  const isValuesEnd = position === text.length || text.slice(lineStart, position).trim() === "";
  const open: number[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (/^["']/.test(token)) {
      const isOpen = index < position && index + token.length >= position && !/^(["']).*\1$/.test(token);
      const name = token.startsWith('"') ? "double" : "single";
      if (isOpen && isValuesEnd) return { message: `this ${name} quote is never closed`, start: index };
    } else if (/^[[{]/.test(token)) open.push(index);
    else if (text[open.at(-1) ?? -1] === OPENING[token]) open.pop();
  }
  const start = open.findLast((index) => index < position);
  return start === undefined ? undefined : { message: `this "${text[start]}" is never closed`, start };
}
