// deno-lint-ignore-file no-control-regex -- control characters are what must go
/**
 * Text of others on its way to a terminal, a page or `systemctl status`: an image's name, a container's words, what a
 * server answers. Without what moves the cursor, changes colours or turns the direction of writing around.
 * Source: ISO 6429; Unicode, "Bidirectional formatting characters".
 */

/** A piece of one line: runs of control characters and line breaks become a blank. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, " ");
}

/** Whole lines: the same, but for line breaks, tabs and the colours that we print ourselves. */
export function printableLines(text: string): string {
  return text.replace(
    /(\n|\t|\x1b\[(?:1|2|22|3[1-49])m)|[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (_, ours = " ") => ours,
  );
}

/** A JSON text with the same content: what it may hold as it is, and a terminal would obey, is escaped. */
export function printableJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A page of HTML, as a text quotes it or is one; where its end is missing, to the end of the text. */
const PAGE =
  /\\?"?<(?:!doctype|\?xml|html|head|title|body|h1|center)\b[\s\S]*?(?:<\/html>(?:\s|\\[rn])*\\?"?|$)/i;
const TITLE = /<(title|h1)\b[^>]*>([\s\S]*?)<\/\1>/i;
const TITLE_LENGTH = 100;
/** Where a title is looked for: in a page of many beginnings and no end the search would take for ever. */
const HEAD_LENGTH = 4096;

/** Of a page that somebody answers with in place of a reason, only the title, e.g. `the page "502 Bad Gateway"`. */
export function withoutPage(text: string): string {
  return text.replace(PAGE, (page) => {
    const title = printable(TITLE.exec(page.slice(0, HEAD_LENGTH))?.[2] ?? "").trim().slice(0, TITLE_LENGTH);
    return title === "" ? "a page of HTML" : `the page "${title}"`;
  });
}
