/**
 * One HTTP exchange with the engine, as a function, so that tests can put another one in its place.
 * In: an operation's request. Out: the response, or an error that says what was asked for.
 */
import { EngineError } from "../../errors.ts";

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** e.g. `/v1.41/containers/web/json` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or what the headers say. Left out where the engine wants an empty body. */
  readonly body?: string | ReadableStream<Uint8Array>;
  /** To be written behind the request, on a connection that is upgraded for that; the answer's body is raw bytes. */
  readonly stdin?: Uint8Array;
  /**
   * The answer is a container's output, to be read in pieces as large as there are. Each piece of a body with status
   * 2xx then is valid until the next one is asked for.
   */
  readonly raw?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Resolves once the head of the answer is there, whatever its status; the body may go on for days.
 * @throws EngineUnreachableError; the signal's reason when it is aborted
 */
export type Transport = (request: EngineRequest) => Promise<Response>;

/** The engine's own words for a failure: `{"message": "…"}`, or the raw text of something in between. */
export async function engineError(operation: string, response: Response): Promise<EngineError> {
  const text = (await response.text()).trim();
  return new EngineError(operation, response.status, errorMessage(text) ?? `HTTP status ${response.status}`);
}

function errorMessage(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string" && message !== "") return message.trim();
  } catch {
    // Not JSON: the text itself is what there is to say.
  }
  return text === "" ? undefined : text;
}
