/** `check_http`: what is asked for, and what is expected of the answer. */
import * as v from "valibot";
import { CHECK_KEYS, nameAndOptions } from "./check_options.ts";
import { parseJsonPath } from "./json_path.ts";
import {
  duration,
  flag,
  headersOf,
  headerValue,
  host,
  listOf,
  mapOf,
  mustBe,
  oneOf,
  oneOrMore,
  regularExpression,
  section,
  text,
  textMatching,
  wholeNumber,
} from "./values.ts";

const statusPattern = textMatching(
  /^[1-5](\d\d|[xX]{2})$/,
  "a status from 100 to 599, or a class such as 2xx",
);

const jsonPath = v.pipe(
  v.string(),
  v.check(
    (input) => parseJsonPath(input) !== undefined,
    () => "is no path into a JSON document, such as data.items[0].name",
  ),
);

/** What is not given is not compared. */
const expectedSection = section({
  status: v.optional(oneOrMore(statusPattern), "200"),
  body: v.optional(text),
  body_file: v.optional(text),
  body_contains: v.optional(oneOrMore(text)),
  body_matches: v.optional(regularExpression),
  headers: v.optional(headersOf(oneOrMore(headerValue))),
  json: v.optional(v.record(jsonPath, v.unknown(), mustBe("a mapping of paths to values"))),
  max_latency: v.optional(duration),
  certificate_valid_for: v.optional(duration),
});

const expectedAnswer = v.pipe(
  expectedSection,
  v.transform((expected) => ({
    /** Like `200` and `2xx`. */
    httpStatuses: expected.status.map((status) => status.toLowerCase()),
    body: expected.body,
    bodyFile: expected.body_file,
    bodyContains: expected.body_contains ?? [],
    bodyMatches: expected.body_matches,
    headers: Object.entries(expected.headers ?? {}),
    json: Object.entries(expected.json ?? {}).map(([path, value]) => ({
      path,
      keys: parseJsonPath(path) ?? [],
      value,
    })),
    maxLatencyMs: expected.max_latency,
    certificateValidForMs: expected.certificate_valid_for,
  })),
);

const tlsSection = v.pipe(
  section({ ca_file: v.optional(text), insecure: v.optional(flag, "false") }),
  v.check(
    ({ ca_file, insecure }) => ca_file === undefined || !insecure,
    () => 'must have "ca_file" or "insecure", not both',
  ),
  v.transform(({ ca_file, insecure }) => ({ caFile: ca_file, insecure })),
);

const path = v.pipe(
  text,
  v.startsWith("/", mustBe('a path that starts with "/"')),
  // What stands behind it is for browsers, and never sent.
  v.check((input) => !input.includes("#"), mustBe('a path without "#", or with "%23" in its place')),
);

const httpSection = section({
  ...CHECK_KEYS,
  scheme: v.optional(oneOf(["http", "https"]), "http"),
  path,
  host: v.optional(host),
  port: v.optional(wholeNumber(1, 65535)),
  method: v.optional(
    // CONNECT opens a tunnel; there is no answer to compare.
    textMatching(/^(?![Cc][Oo][Nn][Nn][Ee][Cc][Tt]$)[A-Za-z-]+$/, "an HTTP method such as GET, but CONNECT"),
    "GET",
  ),
  query_parameters: v.optional(mapOf(listOf(text))),
  headers: v.optional(headersOf(listOf(headerValue))),
  body: v.optional(text),
  tls: v.optional(tlsSection),
  follow_redirects: v.optional(flag, "false"),
  expected: v.optional(expectedAnswer, {}),
});

const OF_HTTPS = { properties: { scheme: { const: "https" } }, required: ["scheme"] };

const NEEDS_HTTPS = () => 'needs "scheme: https"';

export const httpCheck = v.pipe(
  httpSection,
  v.forward(v.check((check) => check.tls === undefined || check.scheme === "https", NEEDS_HTTPS), ["tls"]),
  v.forward(
    v.check(
      ({ expected, scheme }) => expected.certificateValidForMs === undefined || scheme === "https",
      () => 'has "certificate_valid_for", which needs "scheme: https"',
    ),
    ["expected"],
  ),
  v.metadata({
    jsonSchema: {
      dependentSchemas: { tls: OF_HTTPS },
      if: { properties: { expected: { required: ["certificate_valid_for"] } }, required: ["expected"] },
      then: OF_HTTPS,
    },
  }),
  v.transform((check) => ({
    ...nameAndOptions(check),
    scheme: check.scheme,
    path: check.path,
    host: check.host,
    port: check.port,
    method: check.method.toUpperCase(),
    queryParameters: Object.entries(check.query_parameters ?? {}),
    headers: Object.entries(check.headers ?? {}),
    body: check.body,
    tls: check.tls ?? { caFile: undefined, insecure: false },
    followRedirects: check.follow_redirects,
    expected: check.expected,
  })),
);
