/** `check_http`: one request, whose status and body are compared with what the config expects. */
import type { HttpCheckConfig } from "../../config/monitor_config.ts";
import type { Host, HttpResponse } from "../../host/host.ts";
import { type Check, type CheckResult, commonOf, failing } from "./check.ts";
import type { ContainerAddress } from "./container_address.ts";

/** A body beyond this is not read: no check compares so much. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** A body that nobody compares is read up to here, so that its connection can serve the next check. */
const UNCOMPARED_BODY_LIMIT_BYTES = 64 * 1024;
const SHOWN_BODY_BYTES = 1024;

export interface HttpCheckOptions {
  readonly host: Host;
  /** The host of a check that names none. */
  readonly address: ContainerAddress;
  /** The config file's folder, for a relative `body_file`. */
  readonly folder: string;
}

export function httpCheck(config: HttpCheckConfig, options: HttpCheckOptions): Check {
  return {
    name: config.name ?? `http ${config.path}`,
    kind: "check_http",
    ...commonOf(config),
    run: (signal) => runHttpCheck(config, options, signal),
  };
}

async function runHttpCheck(
  config: HttpCheckConfig,
  options: HttpCheckOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  const expectedBody = await readExpectedBody(config, options);
  if (!(expectedBody instanceof Uint8Array) && expectedBody !== undefined) return expectedBody;
  const url = checkUrl(config, config.host ?? await options.address.get(signal));
  let response: HttpResponse;
  let body: Uint8Array;
  try {
    const headers = config.headers.flatMap(([name, values]) => values.map((value) => [name, value] as const));
    response = await options.host.httpRequest({
      url,
      method: config.method,
      headers,
      body: config.body,
      signal,
    });
    body = await readBody(
      response,
      expectedBody === undefined ? UNCOMPARED_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES,
    );
  } catch (error) {
    signal.throwIfAborted();
    // The container may have been given another address.
    options.address.forget();
    return failing(`no answer from ${url}: ${innermostMessage(error)}`, { url });
  }
  return judge(config, { url, httpStatus: response.httpStatus, body, expectedBody });
}

/** Compares what came with what the config expects; what it does not give is not compared. */
function judge({ expected }: HttpCheckConfig, answer: {
  readonly url: string;
  readonly httpStatus: number;
  readonly body: Uint8Array;
  readonly expectedBody: Uint8Array | undefined;
}): CheckResult {
  const { url, httpStatus, body, expectedBody } = answer;
  const data = { url, status: httpStatus, body: shownBody(body) };
  if (httpStatus !== expected.httpStatus) {
    return failing(`status ${httpStatus}, expected ${expected.httpStatus}`, {
      ...data,
      expected: { status: expected.httpStatus },
    });
  }
  const difference = expectedBody === undefined ? undefined : firstDifference(body, expectedBody);
  if (expectedBody === undefined || difference === undefined) return { ok: true };
  const source = expected.bodyFile === undefined ? "the expected one" : `"${expected.bodyFile}"`;
  return failing(`the body differs from ${source} at byte ${difference + 1}`, {
    ...data,
    expected: { status: expected.httpStatus, body: shownBody(expectedBody) },
  });
}

/** The file is read anew each time, since what is served may be renewed together with it. */
async function readExpectedBody(
  { expected }: HttpCheckConfig,
  { host, folder }: HttpCheckOptions,
): Promise<Uint8Array | CheckResult | undefined> {
  if (expected.body !== undefined) return new TextEncoder().encode(expected.body);
  if (expected.bodyFile === undefined) return undefined;
  const path = expected.bodyFile.startsWith("/") ? expected.bodyFile : `${folder}/${expected.bodyFile}`;
  const file = await host.readFile(path, BODY_LIMIT_BYTES);
  if (file.kind === "content") return file.bytes;
  const reason = file.kind === "missing" ? "there is no such file" : file.reason;
  return failing(`cannot read body_file "${path}": ${reason}`, { body_file: path });
}

function checkUrl(config: HttpCheckConfig, host: string): string {
  const query = new URLSearchParams();
  for (const [name, values] of config.queryParameters) for (const value of values) query.append(name, value);
  const separator = query.size === 0 ? "" : config.path.includes("?") ? "&" : "?";
  const authority = host.includes(":") ? `[${host}]` : host;
  const port = config.port === undefined ? "" : `:${config.port}`;
  return `http://${authority}${port}${config.path}${separator}${query}`;
}

/** Up to `limitBytes` and one byte more; the rest is left unread. */
async function readBody(response: HttpResponse, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) break;
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** The index of the first byte that is not the same; undefined if none is. */
function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const length = Math.min(actual.length, expected.length);
  for (let index = 0; index < length; index++) if (actual[index] !== expected[index]) return index;
  return actual.length === expected.length ? undefined : length;
}

function shownBody(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, SHOWN_BODY_BYTES));
  return body.length > SHOWN_BODY_BYTES ? `${text}…` : text;
}

/** `fetch` wraps what happened in general words; the cause says it. */
function innermostMessage(error: unknown): string {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return current instanceof Error ? current.message : String(current);
}
