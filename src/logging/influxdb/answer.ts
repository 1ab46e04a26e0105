/**
 * What a server's answer to a write means for the lines that were sent. Products differ in their answers, see
 * https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/
 */

import { parseRetryAfter } from "../../host/retry_after.ts";

/** What came of sending a write. */
export type Answer =
  | {
    readonly kind: "response";
    readonly httpStatus: number;
    /** The header `Retry-After` as it came. */
    readonly retryAfter: string | null;
    /** The beginning of the body. */
    readonly text: string;
  }
  | { readonly kind: "no_response"; readonly reason: string };

export type Verdict =
  | { readonly kind: "stored" }
  /** The server does not understand some of the lines, or any. */
  | { readonly kind: "bad_lines"; readonly reason: string }
  /** The server takes fewer bytes at once. */
  | { readonly kind: "too_large"; readonly reason: string }
  /** Trying again does not help: the token, organization, bucket or location is wrong. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Trying again later may help; `waitMs`: when, if the server says so. */
  | { readonly kind: "away"; readonly reason: string; readonly waitMs: number | undefined };

/** Bounds for the wait that a server asks for. */
const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 600_000;

/** `nowMs`: since 1970, for a `Retry-After` that is a date. */
export function verdictOf(answer: Answer, nowMs: number): Verdict {
  if (answer.kind === "no_response") return { kind: "away", reason: answer.reason, waitMs: undefined };
  const { httpStatus, retryAfter, text } = answer;
  // InfluxDB answers 204; some of the others answer 200.
  if (httpStatus >= 200 && httpStatus < 300) return { kind: "stored" };
  const reason = `HTTP status ${httpStatus}${text === "" ? "" : `: ${text}`}`;
  if (httpStatus === 400 || httpStatus === 422) return { kind: "bad_lines", reason };
  if (httpStatus === 413) return { kind: "too_large", reason };
  if (httpStatus >= 500 || httpStatus === 429 || httpStatus === 408) {
    return { kind: "away", reason, waitMs: withinBounds(parseRetryAfter(retryAfter, nowMs)) };
  }
  return { kind: "refused", reason };
}

function withinBounds(waitMs: number | undefined): number | undefined {
  return waitMs === undefined ? undefined : Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;

/**
 * How long to wait after so many failures in a row, when the server does not say it: twice as long each time, up to
 * 15 s. `random`, from 0 to 1, takes up to half of that away, so that the services of a host do not all come at once.
 */
export function backoffMs(failures: number, random: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), MOST_WAIT_MS) * (0.5 + random / 2);
}
