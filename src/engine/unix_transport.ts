/** The real transport: HTTP over the engine's unix socket. */
import { EngineUnreachableError } from "../errors.ts";
import type { EngineRequest, Transport } from "./transport.ts";

export interface UnixTransport extends Disposable {
  readonly send: Transport;
}

/** Connections are made when they are needed, and kept until disposed of. */
export function unixTransport(socketPath: string): UnixTransport {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socketPath } });
  return { send, [Symbol.dispose]: () => client.close() };

  async function send(request: EngineRequest): Promise<Response> {
    const { method, body, signal } = request;
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const content = { body: body ?? null, headers: { ...type, ...request.headers } };
    try {
      return await fetch(engineUrl(request), { client, method, signal, ...content });
    } catch (error) {
      signal.throwIfAborted();
      throw await explainFailure(socketPath, error);
    }
  }
}

function engineUrl({ path, query }: EngineRequest): string {
  const search = query === undefined ? "" : new URLSearchParams(query).toString();
  return `http://docker${path}${search === "" ? "" : `?${search}`}`;
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
