/**
 * What an answer to a write means. Products differ in what they answer, see
 * https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/
 */

export type Answer =
  | {
    readonly kind: "response";
    readonly httpStatus: number;
    /** The header of this name, as it came. */
    readonly retryAfter: string | null;
    /** The beginning of the body. */
    readonly text: string;
  }
  | { readonly kind: "no_response"; readonly reason: string };

export type Verdict =
  | { readonly kind: "stored" }
  /** Some of the lines are no good, or all. */
  | { readonly kind: "bad_lines"; readonly reason: string }
  | { readonly kind: "too_large"; readonly reason: string }
  /** It will not get better by itself: a wrong token, organization, bucket or location. */
  | { readonly kind: "refused"; readonly reason: string }
  /** `waitMs`: how long the server wants to be left alone. */
  | { readonly kind: "away"; readonly reason: string; readonly waitMs: number | undefined };

/** However short or long a server asks for. */
const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 600_000;

/** `nowMs`: since 1970, for a `Retry-After` that is a date. */
export function verdictOf(answer: Answer, nowMs: number): Verdict {
  if (answer.kind === "no_response") return { kind: "away", reason: answer.reason, waitMs: undefined };
  const { httpStatus, retryAfter, text } = answer;
  // Only some answer with 204.
  if (httpStatus >= 200 && httpStatus < 300) return { kind: "stored" };
  const reason = `HTTP status ${httpStatus}${text === "" ? "" : `: ${text}`}`;
  if (httpStatus === 400 || httpStatus === 422) return { kind: "bad_lines", reason };
  if (httpStatus === 413) return { kind: "too_large", reason };
  if (httpStatus >= 500 || httpStatus === 429 || httpStatus === 408) {
    return { kind: "away", reason, waitMs: parseRetryAfter(retryAfter, nowMs) };
  }
  return { kind: "refused", reason };
}

/** Seconds or a date, RFC 9110 §10.2.3 → milliseconds from now; undefined if it is neither. */
function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;

/** How long to wait after the `failures`-th failure in a row; `random`: from 0 to 1, so that not all come at once. */
export function backoffMs(failures: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), MOST_WAIT_MS) * (0.5 + random / 2);
}
