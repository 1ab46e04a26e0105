/** The header `Retry-After`: seconds or a date, RFC 9110 §10.2.3. */

/** Milliseconds from now, negative for a date that is over; undefined if it is neither. `nowMs`: since 1970. */
export function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : waitMs;
}
