/** What somebody is told, before it takes the form of a channel. `webhook` and `command` get it as it is, as JSON. */

export interface Item {
  /** What it is about: `service`, or e.g. `check check_http http /`. */
  readonly problem: string;
  /** `lasting`: it was told before; `repeated`: it comes again and again; `news`: nothing that lasts. */
  readonly state: "begun" | "lasting" | "repeated" | "over" | "news";
  /** A sentence, e.g. `Check "http /" fails: status 500, expected 200`. */
  readonly what: string;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** When it was over; null if it is not, or never lasted. */
  readonly until: string | null;
  /** The last lines of the container, where they are of use. */
  readonly lines: readonly string[];
}

export interface Message {
  /** Unique: a channel that knows it gets no message twice. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly service: string;
  /** The machine's name. */
  readonly host: string;
  /** `failing`: something is wrong; `over`: all that it tells of is over. */
  readonly state: "failing" | "over" | "news" | "test";
  /** One line. */
  readonly title: string;
  /** Several lines: what, since when, how to look. */
  readonly text: string;
  readonly items: readonly Item[];
}

/** The beginning of a text that is too long for a channel. `limit`: in UTF-16 units, as most of them count. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // No half of a surrogate pair.
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The same for a limit in bytes of UTF-8. */
export function cutBytes(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  const ellipsis = "…";
  const room = limit - new TextEncoder().encode(ellipsis).length;
  return new TextDecoder().decode(bytes.subarray(0, room)).replace(/\ufffd+$/, "") + ellipsis;
}
