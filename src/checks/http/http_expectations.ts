/** Compares an HTTP answer with `expected` of a check's config: each key that is given, in a function of its own. */
import type { HttpCheckConfig } from "../../config/monitor_config.ts";
import { TimeLimitedMatch } from "../../host/time_limited_match.ts";
import { firstDifference } from "../first_difference.ts";
import type { HttpAnswer } from "./http_exchange.ts";
import { differsFromJson, findInJson } from "./json_values.ts";
import type { Redactor } from "../../logging/redactor.ts";

type Expected = HttpCheckConfig["expected"];

/** One thing that is not as expected. */
export interface Difference {
  /** e.g. `status 500, expected 200` */
  readonly reason: string;
  /** What was expected, under the config's key: e.g. `{ status: 200 }`. */
  readonly expected: Readonly<Record<string, unknown>>;
  /** What came instead, unless it is the status or the body, which every record has. */
  readonly came?: Readonly<Record<string, unknown>>;
}

export interface ComparedAnswer extends HttpAnswer {
  /** From `body` or `body_file`; undefined if neither is given. */
  readonly expectedBody: Uint8Array | undefined;
  /** By `Date.now()`. */
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
/** Values take up to eighty times as much memory as their text. */
const JSON_LIMIT_BYTES = 1024 * 1024;
/** A pattern that needs longer for the body that came is broken off: nothing else goes on meanwhile. */
const MATCH_LIMIT_MS = 500;

export function differences(expected: Expected, answer: ComparedAnswer, redactor: Redactor): Difference[] {
  return [
    ...status(expected, answer),
    ...headers(expected, answer, redactor),
    ...body(expected, answer, redactor),
    ...bodyText(expected, answer),
    ...json(expected, answer, redactor),
    ...latency(expected, answer),
    ...certificate(expected, answer),
  ];
}

function* status({ httpStatuses }: Expected, { httpStatus }: HttpAnswer): Iterable<Difference> {
  const isExpected = httpStatuses.some((pattern) =>
    pattern === String(httpStatus) || pattern === `${Math.floor(httpStatus / 100)}xx`
  );
  if (isExpected) return;
  yield {
    reason: `status ${httpStatus}, expected ${httpStatuses.join(" or ")}`,
    expected: { status: httpStatuses.length === 1 ? httpStatuses[0] : httpStatuses },
  };
}

function* headers(expected: Expected, answer: HttpAnswer, redactor: Redactor): Iterable<Difference> {
  for (const [name, values] of expected.headers) {
    const came = answer.headers.get(name);
    const missing = values.filter((value) => !hasField(answer.headers, name, value));
    if (missing.length === 0) continue;
    const text = came === null ? undefined : redactor.excerpt(came);
    yield {
      reason: `header "${name}" ${text === undefined ? "is missing" : `is "${text}"`}, expected "${
        missing.join('", "')
      }"`,
      expected: { headers: { [name]: values } },
      came: { headers: { [name]: text ?? null } },
    };
  }
}

/** Whether there is a field of this name and value. Fields of one name come joined by commas, but for cookies. */
function hasField(headers: Headers, name: string, value: string): boolean {
  if (name.toLowerCase() === "set-cookie") return headers.getSetCookie().includes(value);
  const came = headers.get(name);
  // A value may have commas in it, as dates do.
  return came !== null && `, ${came}, `.includes(`, ${value}, `);
}

function* body(expected: Expected, answer: ComparedAnswer, redactor: Redactor): Iterable<Difference> {
  if (answer.expectedBody === undefined) return;
  const difference = firstDifference(answer.body, answer.expectedBody);
  if (difference === undefined && !answer.bodyIsCut) return;
  const source = expected.bodyFile === undefined ? "the expected one" : `"${expected.bodyFile}"`;
  yield {
    reason: `the body differs from ${source} at byte ${(difference ?? answer.body.length) + 1}`,
    expected: { body: redactor.excerpt(answer.expectedBody) },
  };
}

function* bodyText(expected: Expected, answer: HttpAnswer): Iterable<Difference> {
  if (expected.bodyContains.length === 0 && expected.bodyMatches === undefined) return;
  const text = new TextDecoder().decode(answer.body);
  const where = answer.bodyIsCut ? ` in its first ${answer.body.length} bytes` : "";
  for (const part of expected.bodyContains) {
    if (text.includes(part)) continue;
    yield { reason: `the body does not contain "${part}"${where}`, expected: { body_contains: part } };
  }
  const pattern = expected.bodyMatches;
  if (pattern === undefined) return;
  const matches = new TimeLimitedMatch(pattern, MATCH_LIMIT_MS).test(text);
  if (matches) return;
  yield {
    reason: matches === undefined
      ? `whether the body matches /${pattern.source}/ can not be told within ${MATCH_LIMIT_MS} ms`
      : `the body does not match /${pattern.source}/${where}`,
    expected: { body_matches: pattern.source },
  };
}

function* json(expected: Expected, answer: HttpAnswer, redactor: Redactor): Iterable<Difference> {
  if (expected.json.length === 0) return;
  const document = parseJson(answer.body);
  if (typeof document === "string") {
    yield {
      reason: document,
      expected: { json: Object.fromEntries(expected.json.map((e) => [e.path, e.value])) },
    };
    return;
  }
  for (const { path, keys, value } of expected.json) {
    const came = findInJson(document.value, keys);
    if (!differsFromJson(came, value)) continue;
    const text = came === undefined ? "missing" : redactor.excerpt(JSON.stringify(came));
    yield {
      reason: `"${path}" in the body is ${text}, expected ${JSON.stringify(value)}`,
      expected: { json: { [path]: value } },
    };
  }
}

/** What the body holds, or why it can not be compared. */
function parseJson(body: Uint8Array): { readonly value: unknown } | string {
  if (body.length > JSON_LIMIT_BYTES) {
    return `the body has more than ${JSON_LIMIT_BYTES} bytes, too many for a comparison of its JSON`;
  }
  try {
    return { value: JSON.parse(new TextDecoder().decode(body)) };
  } catch {
    return "the body is not JSON";
  }
}

function* latency({ maxLatencyMs }: Expected, { latencyMs }: HttpAnswer): Iterable<Difference> {
  if (maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return;
  yield {
    reason: `the answer took ${Math.round(latencyMs)} ms, at most ${maxLatencyMs} ms are allowed`,
    expected: { max_latency_ms: maxLatencyMs },
  };
}

function* certificate(
  { certificateValidForMs }: Expected,
  { certificateExpiresAt, nowMs }: ComparedAnswer,
): Iterable<Difference> {
  if (certificateValidForMs === undefined) return;
  const expected = { "certificate_valid_for_days": certificateValidForMs / DAY_MS };
  if (certificateExpiresAt === undefined) {
    yield { reason: "the answer came without a certificate", expected };
    return;
  }
  const leftMs = certificateExpiresAt.getTime() - nowMs;
  if (leftMs >= certificateValidForMs) return;
  const expires = certificateExpiresAt.toISOString();
  const left = Math.floor(leftMs / DAY_MS * 10) / 10;
  yield {
    reason: leftMs < 0
      ? `the certificate has expired at ${expires}`
      : `the certificate expires in ${left} days, at ${expires}, expected ${
        certificateValidForMs / DAY_MS
      } days or more`,
    expected,
    came: { certificate_expires: expires },
  };
}
