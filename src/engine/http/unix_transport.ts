/** The real transport: HTTP over the engine's unix socket. */
import { EngineUnreachableError } from "../../errors.ts";
import { abortable } from "../../host/abortable_body.ts";
import { exchangeOn } from "./http_client.ts";
import type { EngineRequest, Transport } from "./transport.ts";

/** Kept for the next request; more come about when many checks ask at once. */
const IDLE_CONNECTIONS = 2;
/**
 * Stands for the engine in the URL, and is not used. A name Deno would look up for every connection; where a name or
 * address is among those of NO_PROXY, it would not use the socket. This one is of the block that is never used.
 */
const ENGINE = "http://[100::]";

export interface UnixTransport extends Disposable {
  readonly send: Transport;
}

/**
 * Requests for raw bytes have a connection of their own each. All others share connections, which are made when they
 * are needed and kept until the transport is disposed of.
 */
export function unixTransport(socketPath: string): UnixTransport {
  const client = Deno.createHttpClient({
    proxy: { transport: "unix", path: socketPath },
    poolMaxIdlePerHost: IDLE_CONNECTIONS,
    allowHost: true,
  });
  return { send, [Symbol.dispose]: () => client.close() };

  async function send(request: EngineRequest): Promise<Response> {
    const { method, body, stdin, signal, raw = false } = request;
    const target = targetOf(request);
    const type = body === undefined ? undefined : "application/json";
    const headers = present({ "Content-Type": type, ...request.headers });
    try {
      if (stdin === undefined && !raw) {
        const content = { method, headers: [["Host", "docker"], ...headers], body: body ?? null };
        return abortable(await fetch(`${ENGINE}${target}`, { client, signal, ...content }));
      }
      const connection = await Deno.connect({ transport: "unix", path: socketPath });
      return await exchangeOn(connection, { socketPath, method, target, headers, body, stdin, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof EngineUnreachableError ? error : await explainFailure(socketPath, error);
    }
  }
}

/** The path with its query. */
function targetOf({ path, query = {} }: EngineRequest): string {
  const search = new URLSearchParams(present(query)).toString();
  return search === "" ? path : `${path}?${search}`;
}

function present(fields: Readonly<Record<string, string | undefined>>): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]);
}

/** `fetch` tells the kinds of failure apart in its text only; connecting once more gives a typed answer. */
async function explainFailure(socketPath: string, cause: unknown): Promise<EngineUnreachableError> {
  const connecting = Deno.connect({ transport: "unix", path: socketPath });
  const failure: unknown = await connecting.then((connection) => connection.close(), (error) => error);
  const mayComeUp = !(failure instanceof Deno.errors.PermissionDenied);
  return new EngineUnreachableError(socketPath, describeFailure(failure), mayComeUp, {
    cause: failure ?? cause,
  });
}

/** `failure`: to connect; undefined where that works. */
function describeFailure(failure: unknown): string {
  if (failure === undefined) return "the connection broke off";
  if (failure instanceof Deno.errors.NotFound) return "there is no such socket; is the engine running?";
  if (failure instanceof Deno.errors.ConnectionRefused) return "connection refused; is the engine running?";
  if (failure instanceof Deno.errors.PermissionDenied) {
    return 'permission denied; "service_runner doctor" says who may use it';
  }
  return failure instanceof Error ? failure.message : String(failure);
}
