/** Text of others on its way to a channel: without what is known to be secret. */
import { Redactor, redactUrl } from "../logging/redactor.ts";
import { cutText } from "./message.ts";

/** How much of what another side says is shown. */
const SHOWN_CHARACTERS = 300;

/** Shorter values of variables, like `info` or `8080`, are in many words that are no secrets. */
const LEAST_VALUE_LENGTH = 6;

export interface Private {
  /** Tokens, URLs of channels. */
  readonly secrets: readonly string[];
  /** The container's, e.g. `PASSWORD=geheim`. */
  readonly environment: readonly string[];
}

/** Makes one line of what another side says, without what is private, and cuts it only then. */
export function shown(text: string, redact: (text: string) => string): string {
  return cutText(redact(text).replace(/\s+/g, " ").trim(), SHOWN_CHARACTERS);
}

/** A function that leaves out secrets, values of the environment, passwords and queries of URLs. */
export function withoutPrivate({ secrets, environment }: Private): (text: string) => string {
  // Of several lines, each by itself too: a container prints lines.
  const values = environment.map((variable) => variable.slice(variable.indexOf("=") + 1))
    .flatMap((value) => [value, ...value.split("\n").map((line) => line.trim())])
    .filter(({ length }) => length >= LEAST_VALUE_LENGTH);
  const redactor = new Redactor([...secrets, ...values]);
  return (text) =>
    redactor.redact(text)
      .replace(/(:\/\/)[^/\s@]+@/g, "$1…@")
      .replace(/\bhttps?:\/\/\S+/g, redactUrl);
}
