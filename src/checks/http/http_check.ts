/** `check_http`: one request, whose answer is compared with what the config expects. */
import type { HttpCheckConfig } from "../../config/monitor_config.ts";
import { innermostMessage } from "../../logging/innermost_message.ts";
import type { Host, HttpRequest } from "../../host/host.ts";
import { resolvePath } from "../../host/paths.ts";
import { type Check, type CheckResult, failing } from "../check.ts";
import { basics } from "../check_basics.ts";
import type { ContainerAddress } from "../container_address.ts";
import { exchange, type HttpAnswer } from "./http_exchange.ts";
import { differences } from "./http_expectations.ts";
import { Redactor, shownUrl } from "../redactor.ts";

/** A body beyond this is cut: no check compares so much. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** A body that nobody compares is read up to here, so that its connection can serve the next check. */
const UNCOMPARED_BODY_LIMIT_BYTES = 64 * 1024;
const CA_FILE_LIMIT_BYTES = 1024 * 1024;

export interface HttpCheckOptions {
  readonly host: Host;
  /** The host of a check that names none. */
  readonly address: ContainerAddress;
  /** The config file's folder, for relative paths. */
  readonly folder: string;
}

export function httpCheck(config: HttpCheckConfig, options: HttpCheckOptions): Check {
  const [path] = config.path.split("?");
  const shown = new Redactor(secretsOf(config));
  return {
    ...basics(config, { kind: "check_http", name: `http ${path}` }),
    run: (signal) => runHttpCheck(config, { ...options, shown }, signal),
  };
}

async function runHttpCheck(
  config: HttpCheckConfig,
  options: HttpCheckOptions & { readonly shown: Redactor },
  signal: AbortSignal,
): Promise<CheckResult> {
  const { shown } = options;
  const files = new CheckFiles(options);
  const expectedBody = await files.expectedBody(config.expected);
  const authorities = await files.authorities(config.tls);
  if (files.failure !== undefined) return files.failure;
  const url = checkUrl(config, config.host ?? await options.address.get(signal));
  const tls = {
    authorities,
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
    // The container may have been given another address.
    options.address.forget();
    const reason = shown.without(innermostMessage(error));
    return failing(`no answer from ${shownUrl(url)}: ${reason}`, { url: shownUrl(url) });
  }
  return compareAnswer(config, { ...answer, expectedBody, nowMs: Date.now() }, shown);
}

function compareAnswer(
  { expected }: HttpCheckConfig,
  answer: HttpAnswer & { readonly expectedBody: Uint8Array | undefined; readonly nowMs: number },
  shown: Redactor,
): CheckResult {
  const { httpStatus } = answer;
  const found = differences(expected, answer, shown);
  if (found.length === 0) return { ok: true, status: httpStatus };
  const data = {
    url: shownUrl(answer.url),
    status: httpStatus,
    "latency_ms": Math.round(answer.latencyMs),
    ...merged(found.map(({ came }) => came ?? {})),
    body: shown.beginning(answer.body),
    expected: merged(found.map((difference) => difference.expected)),
  };
  const reason = shown.without(found.map((difference) => difference.reason).join("; "));
  return { ...failing(reason, data), status: httpStatus };
}

/** Two differences of one key, as of two headers, stand side by side. */
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

/** What must not come out again, even if the server repeats it. */
function secretsOf(config: HttpCheckConfig): string[] {
  const values = [...config.headers, ...config.queryParameters].flatMap(([, values]) => values);
  const written = [...new URLSearchParams(config.path.split("?")[1])].map(([, value]) => value);
  // `Bearer TOKEN`: the token by itself is as secret.
  const words = config.headers.flatMap(([, values]) => values.flatMap((value) => value.split(/[\s;,]+/)));
  const all = [...values, ...written, ...words];
  return all.flatMap((value) => {
    const encoded = encodeURIComponent(value);
    return [value, encoded, encoded.replaceAll("%20", "+")];
  });
}

function checkUrl(config: HttpCheckConfig, host: string): string {
  const query = new URLSearchParams();
  for (const [name, values] of config.queryParameters) for (const value of values) query.append(name, value);
  const separator = query.size === 0 ? "" : config.path.includes("?") ? "&" : "?";
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const port = config.port === undefined ? "" : `:${config.port}`;
  return `${config.scheme}://${authority}${port}${config.path}${separator}${query}`;
}

/** Files that a check needs: read anew each time, since what is served may be renewed together with them. */
class CheckFiles {
  failure: CheckResult | undefined;

  constructor(readonly options: HttpCheckOptions) {}

  async expectedBody({ body, bodyFile }: HttpCheckConfig["expected"]): Promise<Uint8Array | undefined> {
    if (body !== undefined) return new TextEncoder().encode(body);
    return bodyFile === undefined ? undefined : await this.#read("body_file", bodyFile, BODY_LIMIT_BYTES);
  }

  async authorities({ caFile }: HttpCheckConfig["tls"]): Promise<string | undefined> {
    if (caFile === undefined) return undefined;
    const bytes = await this.#read("tls.ca_file", caFile, CA_FILE_LIMIT_BYTES);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #read(key: string, written: string, limitBytes: number): Promise<Uint8Array | undefined> {
    const { host, folder } = this.options;
    const path = resolvePath(written, folder);
    const file = await host.readFile(path, limitBytes);
    if (file.kind === "content") return file.bytes;
    const reason = file.kind === "missing" ? "there is no such file" : file.reason;
    this.failure = failing(`cannot read ${key} "${path}": ${reason}`, { [key]: path });
    return undefined;
  }
}
