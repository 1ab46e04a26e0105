/** What a record shows of an answer or an output: its beginning, without what was given in confidence. */

const SHOWN_BYTES = 1024;
/** Only so much is looked at: the rest is not shown. */
const READ_BYTES = 16 * 1024;
/** Shorter ones, like `1` or `on`, stand everywhere, and keep no secret. */
const LEAST_SECRET_LENGTH = 4;
const IN_PLACE_OF_SECRETS = "•••";

export class Redactor {
  readonly #secrets: readonly string[];

  /** The values of an environment, of request headers and the like. */
  constructor(secrets: Iterable<string>) {
    const long = [...new Set(secrets)].filter(({ length }) => length >= LEAST_SECRET_LENGTH);
    // One that holds another goes first.
    this.#secrets = long.sort((a, b) => b.length - a.length);
  }

  /** At most 1 KiB, and an ellipsis where there was more. */
  beginning(content: Uint8Array | string): string {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    let text = new TextDecoder().decode(bytes.subarray(0, READ_BYTES));
    // A secret that lies across the cut would not be known for one.
    if (bytes.length > READ_BYTES) text = text.slice(0, -(this.#secrets[0]?.length ?? 1));
    text = this.without(text);
    const shown = new TextEncoder().encode(text);
    if (shown.length <= SHOWN_BYTES && bytes.length <= READ_BYTES) return text;
    return `${new TextDecoder().decode(shown.subarray(0, SHOWN_BYTES)).replace(/\uFFFD$/, "")}…`;
  }

  /** The whole text. */
  without(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, IN_PLACE_OF_SECRETS), text);
  }
}

/** A URL without the values of its query: tokens are passed in it. */
export function shownUrl(url: string): string {
  return url.replace(/([?&][^=&#]*=)[^&#]+/g, "$1…");
}
