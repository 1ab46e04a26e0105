import { innermostMessage } from "../../logging/innermost_message.ts";

/** Failures that `fetch` and node:http name differently, `fetch` with a port of its own that changes each time. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/connection refused|ECONNREFUSED/i, "connection refused"],
  [/no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH/i, "the host is unreachable"],
  [/dns error|ENOTFOUND|EAI_AGAIN/, "the host name cannot be resolved"],
  [
    /before message completed|handshake eof|hang up|disconnected|reset by peer|ECONNRESET/,
    "the connection was closed",
  ],
  [/head is too large|Header overflow/, "the head is too large"],
  [/ parsed$|^Parse Error/, "what came is not valid HTTP"],
];

/** Why there is no HTTP answer: the same words for the same failure, whichever client made the request. */
export function plainReason(error: unknown): string {
  const message = innermostMessage(error);
  return WORDS.find(([pattern]) => pattern.test(message))?.[1] ??
    message.replace(/^error sending request.*: client error \(\w+\): /, "").replace(/ \(SSL routines.*/, "");
}
