/** Answers and outputs as records show them: their beginning, without the secrets of the check's config. */

const EXCERPT_BYTES = 1024;
/** Secrets are replaced in so much of a content, of which the excerpt is then cut. */
const READ_BYTES = 16 * 1024;
/** Shorter values, like `1` or `on`, occur everywhere, and are no secrets. */
const LEAST_SECRET_LENGTH = 4;
const REPLACEMENT = "•••";

export class Redactor {
  readonly #secrets: readonly string[];

  /** `secrets`: the values of an environment, of request headers and the like. */
  constructor(secrets: Iterable<string>) {
    // An answer in JSON repeats them with their quotes escaped.
    const written = [...secrets].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    const long = [...new Set(written)].filter(({ length }) => length >= LEAST_SECRET_LENGTH);
    // The longest first: a secret may contain another one.
    this.#secrets = long.sort((a, b) => b.length - a.length);
  }

  /** The first 1 KiB with `•••` in place of secrets, and an ellipsis where there is more. */
  excerpt(content: Uint8Array | string): string {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    let text = new TextDecoder().decode(bytes.subarray(0, READ_BYTES));
    // A secret that is cut in two would not be recognised.
    if (bytes.length > READ_BYTES) text = text.slice(0, -(this.#secrets[0]?.length ?? 1));
    text = this.redact(text);
    const redacted = new TextEncoder().encode(text);
    if (redacted.length <= EXCERPT_BYTES && bytes.length <= READ_BYTES) return text;
    return `${new TextDecoder().decode(redacted.subarray(0, EXCERPT_BYTES)).replace(/\uFFFD$/, "")}…`;
  }

  /** The whole text with `•••` in place of secrets. */
  redact(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text);
  }
}

/** A URL with `…` in place of the values of its query, e.g. `/a?token=…`: they may be secrets. */
export function redactUrl(url: string): string {
  return url.replace(/([?&][^=&#]*=)[^&#]+/g, "$1…");
}
