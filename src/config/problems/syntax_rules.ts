/** The mistakes in YAML that people make, each with how it is known again in a parser's failure. */
import { nearest } from "../../nearest.ts";

/** What the parser says, and the line where it gave up. */
export interface Failure {
  readonly text: string;
  readonly reason: string;
  readonly position: number;
  readonly lineStart: number;
  readonly line: string;
  /** The line before that is neither empty nor a comment. */
  readonly lineBefore: string;
  readonly lineBeforeStart: number;
}

/** A message and the characters that it is about; by default the one where the parser gave up. */
interface Explanation {
  readonly message: string;
  readonly start?: number;
  readonly length?: number;
}

type Rule = (failure: Failure) => Explanation | undefined;

/** The first one that explains the failure counts. */
export const SYNTAX_RULES: readonly Rule[] = [
  ({ text, reason }) => {
    if (!reason.startsWith("expected a document")) return undefined;
    const what = text.trim() === "" ? "empty" : "only comments";
    return { message: `the file is ${what}: "name" and "image" are needed`, start: 0 };
  },
  ({ text, reason }) => {
    if (!reason.startsWith("expected a single document")) return undefined;
    const second = [...text.matchAll(/^---/gm)].find(({ index }) => text.slice(0, index).trim() !== "");
    return {
      message: "a second document begins here; one file describes one service",
      ...second && { start: second.index, length: 3 },
    };
  },
  ({ text, reason, position }) =>
    reason.startsWith("tab characters")
      ? {
        message: "a tab indents this line; YAML takes only spaces",
        length: /^\t+/.exec(text.slice(position))?.[0].length ?? 1,
      }
      : undefined,
  ({ text, reason, position }) => {
    if (!reason.startsWith("the stream contains") && !reason.startsWith("null byte")) return undefined;
    const code = text.codePointAt(position)?.toString(16).toUpperCase().padStart(4, "0");
    return { message: `the control character U+${code} can not stand in YAML` };
  },
  duplicateKey,
  unknownAlias,
  unknownTag,
  ({ text, reason, position }) =>
    reason.startsWith("unknown escape")
      ? {
        message: `"\\${text[position]}" means nothing in double quotes; ` +
          'write "\\\\" for a backslash, or use single quotes',
        start: position - 1,
        length: 2,
      }
      : undefined,
  ({ text, reason, position }) => {
    if (!reason.startsWith("cannot merge")) return undefined;
    const value = /:[ \t]*([^\n,}]*)/.exec(text.slice(position));
    return {
      message: '"<<" takes an alias of a mapping, such as *base, or a list of them',
      start: position + (value === null ? 0 : value.index + value[0].length - (value[1] ?? "").length),
      length: (value?.[1] ?? "").trimEnd().length || 1,
    };
  },
  complexKey,
  missingSpace,
  reservedBeginning,
  ({ text, reason, position }) => {
    if (!reason.startsWith("a line break is expected")) return undefined;
    const bar = Math.max(text.lastIndexOf("|", position - 1), text.lastIndexOf(">", position - 1));
    return {
      message:
        `"${
          text[bar]
        }" begins a block of text, which stands on the lines below; put a value that begins with it ` +
        "in quotes",
      start: bar,
    };
  },
  unclosed,
  missingComma,
  colonInValue,
  wrongIndentation,
];

function duplicateKey({ text, reason, position, lineStart }: Failure): Explanation | undefined {
  if (!reason.startsWith("duplicated mapping key")) return undefined;
  const word = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]+)/.exec(text.slice(position))?.[0].trim() ?? "";
  if (/^-\S/.test(word)) {
    return { message: `a space is missing behind the "-" of this item`, length: word.length };
  }
  const before = text.slice(0, position);
  const column = before.slice(lineStart);
  const first = before.split("\n").findLastIndex((line) =>
    line.slice(column.length).startsWith(`${word}:`) && /^[\s-]*$/.test(line.slice(0, column.length))
  );
  const where = first === -1 || first === before.split("\n").length - 1 ? "" : `, first in line ${first + 1}`;
  return {
    message: `the key "${word.replace(/^["']|["']$/g, "")}" is given twice${where}`,
    length: word.length,
  };
}

function unknownAlias({ text, reason, position }: Failure): Explanation | undefined {
  const name = /^unidentified alias "(.*)"$/s.exec(reason)?.[1];
  if (name === undefined) return undefined;
  const start = text.lastIndexOf(`*${name}`, position + 1);
  const anchors = [...text.matchAll(/(?<=[\s[{,:-])&([^\s,[\]{}]+)/g)].map(([, anchor]) => anchor ?? "");
  const near = nearest(name, anchors);
  const advice = near !== undefined
    ? `did you mean "*${near}"?`
    : `if the value is to begin with "*", put it in quotes`;
  return { message: `there is no anchor "&${name}"; ${advice}`, start, length: name.length + 1 };
}

function unknownTag({ text, reason, position }: Failure): Explanation | undefined {
  if (!/^unknown \w+ tag/.test(reason)) return undefined;
  const tag = /^!\S*/.exec(text.slice(position))?.[0] ?? "!";
  const message =
    `"${tag}" is a tag of YAML, and none is known here; put a value that begins with "!" in quotes`;
  return { message, length: tag.length };
}

function complexKey({ text, reason, position }: Failure): Explanation | undefined {
  if (!reason.includes("complex keys")) return undefined;
  const template = text.indexOf("{{");
  if (template !== -1) {
    const end = text.indexOf("}}", template);
    return {
      message:
        '"{{" is a mapping as the key of a mapping; a template is to be filled in first, or put in quotes',
      start: template,
      length: end === -1 ? 2 : end + 2 - template,
    };
  }
  const start = /^[ \t]*\?[ \t]/m.exec(text)?.index ?? position;
  return { message: "a key must be a text, not a list or a mapping", start };
}

/** `image:nginx` is a text, not a key with a value. */
function missingSpace({ line, lineStart, lineBefore, lineBeforeStart }: Failure): Explanation | undefined {
  const lines: [string, number][] = [[lineBefore, lineBeforeStart], [line, lineStart]];
  for (const [candidate, start] of lines) {
    const match = /^([ \t]*(?:- )?[a-z_]+):(?![\s/]|\d)\S/.exec(candidate);
    if (match === null) continue;
    const colon = (match[1] ?? "").length;
    return { message: 'a space is missing behind ":"', start: start + colon, length: 1 };
  }
  return undefined;
}

function reservedBeginning({ text, position }: Failure): Explanation | undefined {
  const character = text[position] ?? "";
  if (!"@`%".includes(character) || !/[\s,[]$/.test(text.slice(0, position))) return undefined;
  const value = /^[^\s,\]}]*/.exec(text.slice(position))?.[0] ?? character;
  const message = `a value can not begin with "${character}"; put it in quotes: "${value}"`;
  return { message, length: value.length };
}

/** The quote or bracket that is open where the parser gave up. */
function unclosed({ text, reason, position }: Failure): Explanation | undefined {
  if (!/deficient indentation|unexpected end of the (?:stream|document)/.test(reason)) return undefined;
  const open: number[] = [];
  for (let at = 0; at < position; at++) {
    const character = text[at] ?? "";
    const atStart = /[\s[{,:]/.test(text[at - 1] ?? " ");
    if (character === "#" && /\s/.test(text[at - 1] ?? " ")) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? position : end;
    } else if ((character === '"' || character === "'") && atStart) {
      const closing = closingQuote(text, at);
      if (closing === -1 || closing >= position) {
        return {
          message: `this ${character === '"' ? "double" : "single"} quote is never closed`,
          start: at,
        };
      }
      at = closing;
    } else if ("[{".includes(character) && (open.length > 0 || atStart)) open.push(at);
    else if ("]}".includes(character)) open.pop();
  }
  const start = open.at(-1);
  return start === undefined ? undefined : { message: `this "${text[start]}" is never closed`, start };
}

function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

/** Of a key the parser notices it at the colon. */
function missingComma({ text, reason, position }: Failure): Explanation | undefined {
  if (!reason.startsWith("missed comma")) return undefined;
  const key = text[position] === ":" ? /[^\s,{[]+$/.exec(text.slice(0, position))?.[0] ?? "" : "";
  const length = key.length ||
    (/^"[^"\n]*"|^'[^'\n]*'|^[^\s,:\]}]+/.exec(text.slice(position))?.[0].length ?? 1);
  return { message: 'a "," is missing before this', start: position - key.length, length };
}

/** `echo status: ok`: what stands before the second colon would be a key. */
function colonInValue({ line, lineStart, position, reason }: Failure): Explanation | undefined {
  if (!reason.startsWith("bad indentation")) return undefined;
  const match = /^([ \t]*(?:- )*[\w.-]+: +)([^"'[{|>&*!#\n][^\n]*?: .*)$/.exec(line);
  if (match === null || position < lineStart + (match[1] ?? "").length) return undefined;
  const value = (match[2] ?? "").trimEnd();
  const message = `": " within a value makes a key of what is before it; put the value in quotes`;
  return { message, start: lineStart + (match[1] ?? "").length, length: value.length };
}

function wrongIndentation(failure: Failure): Explanation | undefined {
  const { text, reason, position, line, lineStart, lineBefore } = failure;
  if (!reason.startsWith("bad indentation") && !reason.startsWith("deficient")) return undefined;
  const tail = text.slice(lineStart, position);
  const closing = /["'\]}]\s*$/.exec(tail)?.[0].trim();
  if (closing !== undefined) {
    const rest = text.slice(position).split("\n")[0]!.trimEnd();
    return { message: `nothing can follow the ${closing} that ends the value`, length: rest.length || 1 };
  }
  const indent = /^ */.exec(line)![0].length;
  const indentBefore = /^ */.exec(lineBefore)![0].length;
  const start = lineStart + indent;
  const length = line.trim().length;
  if (/^ *- /.test(lineBefore) && indent === indentBefore && !line.trimStart().startsWith("-")) {
    return {
      message:
        'this line stands in the column of the list\'s items, but has no "- "; if it is a key, indent it less',
      start,
      length,
    };
  }
  if (indent > indentBefore && /:[ \t]+[^\s#]/.test(lineBefore)) {
    const message = "this line is indented deeper than the one above, which has a value already";
    return { message, start, length };
  }
  const message = "the indentation of this line fits none of the lines above";
  return { message, start, length };
}
