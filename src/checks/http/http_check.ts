/** `check_http`: one request, whose answer is compared with what the config expects. */
import type { HttpCheckConfig } from "../../config/monitor_config.ts";
import type { HttpRequest } from "../../host/host.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import { CheckFiles, type CheckFilesOptions } from "../check_files.ts";
import type { CheckAddress } from "../container_address.ts";
import { exchange, type HttpAnswer } from "./http_exchange.ts";
import { type ComparedAnswer, differences } from "./http_expectations.ts";
import { plainReason } from "./plain_reason.ts";
import { Redactor, redactUrl } from "../../logging/redactor.ts";
import { throwIfLack } from "../lack.ts";

/** A longer body is cut, and compared as far as that. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** A body that is not compared is read nevertheless, up to here: only then can the next check use its connection. */
const UNCOMPARED_BODY_LIMIT_BYTES = 64 * 1024;
const URL_LIMIT = 1024;
const CA_FILE_LIMIT_BYTES = 1024 * 1024;

export interface HttpCheckOptions extends CheckFilesOptions {
  /** For a check that names no host. */
  readonly address: CheckAddress;
}

export function httpCheck(config: HttpCheckConfig, options: HttpCheckOptions): Check {
  const [path] = config.path.split("?");
  const redactor = new Redactor(secretsOf(config));
  return {
    ...config.options,
    kind: "check_http",
    name: config.name ?? `http ${path}`,
    run: (signal) => runHttpCheck(config, { ...options, redactor }, signal),
  };
}

async function runHttpCheck(
  config: HttpCheckConfig,
  options: HttpCheckOptions & { readonly redactor: Redactor },
  signal: AbortSignal,
): Promise<CheckResult> {
  const { redactor } = options;
  const { body, bodyFile } = config.expected;
  const files = new CheckFiles(options);
  const expectedBody = body === undefined
    ? await files.read("body_file", bodyFile, BODY_LIMIT_BYTES)
    : new TextEncoder().encode(body);
  const authorities = await files.read("tls.ca_file", config.tls.caFile, CA_FILE_LIMIT_BYTES);
  if (files.failure !== undefined) return files.failure;
  const url = checkUrl(config, config.host ?? await options.address.get(signal));
  const tls = {
    authorities: authorities && new TextDecoder().decode(authorities),
    insecure: config.tls.insecure,
    wantsExpiry: config.expected.certificateValidForMs !== undefined,
  };
  const headers = config.headers.flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const request: HttpRequest = { url, method: config.method, headers, body: config.body, tls, signal };
  let answer: HttpAnswer;
  try {
    answer = await exchange(request, {
      host: options.host,
      followRedirects: config.followRedirects,
      bodyLimitBytes: comparesBody(config) ? BODY_LIMIT_BYTES : UNCOMPARED_BODY_LIMIT_BYTES,
    });
  } catch (error) {
    signal.throwIfAborted();
    throwIfLack(error);
    // The container may have another address by now.
    options.address.forget();
    const reason = redactor.redact(plainReason(error));
    return failing(`no answer from ${redactUrl(url)}: ${reason}`, { url: redactUrl(url) });
  }
  return compareAnswer(config, { ...answer, expectedBody, nowMs: Date.now() }, redactor);
}

function compareAnswer(
  { expected }: HttpCheckConfig,
  answer: ComparedAnswer,
  redactor: Redactor,
): CheckResult {
  const { httpStatus, certificateExpiresAt } = answer;
  const facts = { status: httpStatus, ...certificateExpiresAt && { certificateExpiresAt } };
  const found = differences(expected, answer, redactor);
  if (found.length === 0) return { ok: true, ...facts };
  const data = {
    // Where redirects have led to, which a server may make as long as it likes, with what it was sent in it.
    url: redactor.redact(redactUrl(answer.url)).slice(0, URL_LIMIT),
    status: httpStatus,
    "latency_ms": Math.round(answer.latencyMs),
    ...merged(found.map(({ came }) => came ?? {})),
    body: redactor.excerpt(answer.body),
    expected: merged(found.map((difference) => difference.expected)),
  };
  const reason = redactor.redact(found.map((difference) => difference.reason).join("; "));
  return { ...failing(reason, data), ...facts };
}

/** All the parts as one object; where two have the same key, e.g. `headers`, it has the values of both. */
function merged(parts: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [key, value] of parts.flatMap((part) => Object.entries(part))) {
    const before = all[key];
    const areMappings = [before, value].every((one) => typeof one === "object" && !Array.isArray(one));
    if (before === undefined) all[key] = value;
    else all[key] = areMappings ? { ...before as object, ...value as object } : [before, value].flat();
  }
  return all;
}

function comparesBody({ expected }: HttpCheckConfig): boolean {
  const { body, bodyFile, bodyContains, bodyMatches, json } = expected;
  return [body, bodyFile, bodyMatches].some((one) => one !== undefined) ||
    bodyContains.length > 0 || json.length > 0;
}

/** Values of headers and of the query, which no record may show, even if the server repeats them. */
function secretsOf(config: HttpCheckConfig): string[] {
  const values = [...config.headers, ...config.queryParameters].flatMap(([, values]) => values);
  const written = [...new URLSearchParams(config.path.split("?")[1])].map(([, value]) => value);
  // In `Bearer TOKEN`, the token by itself is a secret too.
  const words = config.headers.flatMap(([, values]) => values.flatMap((value) => value.split(/[\s;,]+/)));
  const all = [...values, ...written, ...words, ...words.flatMap(credentials)];
  return all.flatMap((value) => {
    const encoded = encodeURIComponent(value);
    return [value, encoded, encoded.replaceAll("%20", "+")];
  });
}

/** What is in a word of `Authorization: Basic` (RFC 7617): `user:password`, and the password by itself. */
function credentials(word: string): string[] {
  try {
    const decoded = new TextDecoder().decode(Uint8Array.from(atob(word), (char) => char.charCodeAt(0)));
    return decoded.includes(":") ? [decoded, decoded.slice(decoded.indexOf(":") + 1)] : [];
  } catch {
    return [];
  }
}

function checkUrl(config: HttpCheckConfig, host: string): string {
  const query = new URLSearchParams();
  for (const [name, values] of config.queryParameters) for (const value of values) query.append(name, value);
  const separator = query.size === 0 ? "" : config.path.includes("?") ? "&" : "?";
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const port = config.port === undefined ? "" : `:${config.port}`;
  return `${config.scheme}://${authority}${port}${config.path}${separator}${query}`;
}
