/** The real transport: HTTP over the engine's unix socket. */
import { EngineUnreachableError } from "../../errors.ts";
import { abortable } from "../../host/abortable_body.ts";
import { upgradedExchange } from "./exec_stream.ts";
import { rawExchange } from "./raw_http.ts";
import type { EngineRequest, Transport } from "./transport.ts";

/** Kept for the next request; more come about when many checks ask at once. */
const IDLE_CONNECTIONS = 2;

export interface UnixTransport extends Disposable {
  readonly send: Transport;
}

/** Connections are made when they are needed, and kept until disposed of. */
export function unixTransport(socketPath: string): UnixTransport {
  const client = Deno.createHttpClient({
    proxy: { transport: "unix", path: socketPath },
    poolMaxIdlePerHost: IDLE_CONNECTIONS,
  });
  return { send, [Symbol.dispose]: () => client.close() };

  async function send(request: EngineRequest): Promise<Response> {
    const { method, body, stdin, signal, raw = false } = request;
    if (stdin !== undefined) return await sendUpgraded(request, stdin);
    if (raw) return await sendRaw(request);
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const content = { body: body ?? null, headers: { ...type, ...request.headers } };
    try {
      return abortable(
        await fetch(`http://docker${targetOf(request)}`, { client, method, signal, ...content }),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw await explainFailure(socketPath, error);
    }
  }

  /** On a connection of its own. */
  async function sendUpgraded(request: EngineRequest, stdin: Uint8Array): Promise<Response> {
    const { body, signal } = request;
    const text = typeof body === "string" ? body : "";
    try {
      const connection = await Deno.connect({ transport: "unix", path: socketPath });
      return await upgradedExchange(connection, { target: targetOf(request), body: text, stdin, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw await explainFailure(socketPath, error);
    }
  }

  /** On a connection of its own. */
  async function sendRaw(request: EngineRequest): Promise<Response> {
    const { method, signal } = request;
    const connecting = Deno.connect({ transport: "unix", path: socketPath });
    const connection = await connecting.catch(async (error) => {
      throw await explainFailure(socketPath, error);
    });
    return await rawExchange(connection, { socketPath, method, target: targetOf(request), signal });
  }
}

/** The path with its query. */
function targetOf({ path, query }: EngineRequest): string {
  const search = query === undefined ? "" : new URLSearchParams(query).toString();
  return `${path}${search === "" ? "" : `?${search}`}`;
}

/** `fetch` tells the kinds of failure apart in its text only; connecting once more gives a typed answer. */
async function explainFailure(socketPath: string, cause: unknown): Promise<EngineUnreachableError> {
  try {
    (await Deno.connect({ transport: "unix", path: socketPath })).close();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return unreachable("there is no such socket; is the engine running?", true);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      return unreachable('permission denied; is the user of this service in the group "docker"?', false);
    }
    if (error instanceof Deno.errors.ConnectionRefused) {
      return unreachable("connection refused; is the engine running?", true);
    }
    return unreachable(error instanceof Error ? error.message : String(error), true);
  }
  return unreachable("the connection broke off", true);

  function unreachable(reason: string, mayComeUp: boolean): EngineUnreachableError {
    return new EngineUnreachableError(socketPath, reason, mayComeUp, { cause });
  }
}
