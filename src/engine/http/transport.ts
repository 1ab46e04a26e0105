/**
 * One HTTP exchange with the engine, as a function, so that tests can put another one in its place.
 * In: a request. Out: the response, whatever its status.
 */
import { EngineError } from "../../errors.ts";

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** e.g. `/v1.41/containers/web/json` */
  readonly path: string;
  /** What is undefined is left out, as in `headers`. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** JSON; undefined for none. */
  readonly body?: string;
  /**
   * What a command in a container is to read: asks the engine to make raw bytes of the connection, and is written
   * when it has agreed. The response's body is what the command writes.
   */
  readonly stdin?: Uint8Array | undefined;
  /**
   * The response's body is a container's output: read in pieces as large as there are, on a connection of its own.
   * With this or `stdin`, a piece of a body with status 2xx is valid until the next one is asked for.
   */
  readonly raw?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Resolves once the head of the answer is there, whatever its status; the body may go on for days.
 * @throws EngineUnreachableError; the signal's reason when it is aborted
 */
export type Transport = (request: EngineRequest) => Promise<Response>;

/** Of a response that is a failure. Its reason: the engine's `{"message": "…"}`, or the text of something in between. */
export async function engineError(operation: string, response: Response): Promise<EngineError> {
  const text = (await response.text()).trim();
  return new EngineError(operation, response.status, errorMessage(text) ?? `HTTP status ${response.status}`);
}

function errorMessage(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string" && message !== "") return message.trim();
  } catch {
    // Not JSON, so not the engine's: then the text itself is the message.
  }
  return text === "" ? undefined : text;
}
