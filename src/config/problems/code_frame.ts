/**
 * Some lines of a file with a mark under a place, as compilers show them.
 * In: the text and a span of its characters. Out: lines that fit a terminal, and hold neither secrets nor control codes.
 */
import { withoutSecrets } from "./secrets.ts";
import type { Span } from "./yaml_places.ts";

const LINES_BEFORE = 2;
/** Of a longer line the part around the place is shown, unless the style says another width. */
const LINE_LIMIT = 110;
const SHOWN_BEFORE = 40;

/** Counted from 1, columns in characters; `endColumn` is the first one behind the place. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface FrameStyle {
  readonly mark: (text: string) => string;
  readonly gutter: (text: string) => string;
  /** How many characters of a line are shown. */
  readonly lineLimit?: number;
}

export const PLAIN: FrameStyle = { mark: (text) => text, gutter: (text) => text };

/** Where the lines of a text begin, so that many places in it are found fast. */
export class LineIndex {
  readonly #starts = [0];
  readonly #shown: string;

  constructor(readonly text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
    this.#shown = withoutSecrets(text);
  }

  position({ start, end }: Span): Position {
    const first = this.#at(start);
    const last = this.#at(Math.max(start + 1, end));
    return { line: first.line, column: first.column, endLine: last.line, endColumn: last.column };
  }

  /** The lines before the place and its first line, with a mark under it. */
  frame(span: Span, style: FrameStyle = PLAIN): string {
    const lineIndex = this.#lineOf(span.start);
    const { lineLimit = LINE_LIMIT } = style;
    const width = String(lineIndex + 1).length;
    const lines = [];
    for (let index = Math.max(0, lineIndex - LINES_BEFORE); index < lineIndex; index++) {
      lines.push(`${gutter(index + 1)} ${clip(visible(this.#line(index)), 0, lineLimit).text}`);
    }
    const line = this.#line(lineIndex);
    const from = span.start - this.#starts[lineIndex]!;
    const to = Math.min(span.end - this.#starts[lineIndex]!, line.length);
    const { text, offset } = clip(visible(line), from, lineLimit);
    const before = text.slice(0, from - offset);
    const marked = text.slice(from - offset, Math.max(to, from) - offset);
    lines.push(`${gutter(lineIndex + 1)} ${text}`);
    lines.push(`${gutter("")} ${blankLike(before)}${style.mark("^".repeat(Math.max(1, columns(marked))))}`);
    return lines.map((line) => line.trimEnd()).join("\n");

    function gutter(label: string | number): string {
      return style.gutter(`  ${String(label).padStart(width)} |`);
    }
  }

  #line(index: number): string {
    return this.#shown.slice(this.#starts[index], this.#starts[index + 1] ?? this.#shown.length)
      .replace(/\r?\n$|\r$/, "");
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #at(offset: number): { line: number; column: number } {
    const index = this.#lineOf(offset);
    return { line: index + 1, column: [...this.text.slice(this.#starts[index], offset)].length + 1 };
  }
}

/** The part of a long line around `from`; what was at index `from` is at `from - offset` in it. */
function clip(line: string, from: number, limit: number): { text: string; offset: number } {
  if (line.length <= limit) return { text: line, offset: 0 };
  const start = from <= limit - SHOWN_BEFORE ? 0 : Math.max(0, from - SHOWN_BEFORE);
  const end = start + limit;
  const text = (start > 0 ? "…" : "") + line.slice(start, end) + (end < line.length ? "…" : "");
  return { text, offset: start > 0 ? start - 1 : 0 };
}

/** Without what would move the cursor or change colours, character by character. */
function visible(line: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what must go
  return line.replace(/[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/g, "\ufffd");
}

const WIDE = /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** How many columns of a terminal the text takes. */
function columns(text: string): number {
  let count = 0;
  for (const character of text) count += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return count;
}

/** As wide as the text, tabs staying tabs. */
function blankLike(text: string): string {
  return text.split("\t").map((part) => " ".repeat(columns(part))).join("\t");
}
