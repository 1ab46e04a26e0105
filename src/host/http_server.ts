/** Answering HTTP requests, as a command asks for it; `deno_http_server.ts` is the real one. */

export type ListenPlace = { readonly host: string; readonly port: number } | { readonly path: string };

export interface HttpServing {
  readonly place: ListenPlace;
  /** Yields an answer to each request; what it throws is answered by 500. */
  readonly answer: (request: Request) => Promise<Response>;
  /** Called with what `answer` has thrown. */
  readonly onFault: (error: unknown) => void;
  /** Ends it, with all that is under way. */
  readonly stop: AbortSignal;
}

/** Resolves when it listens, with the port that it has got, and a promise of its end. Rejects where it can not listen. */
export type ServeHttp = (
  serving: HttpServing,
) => Promise<{ readonly port: number | undefined; readonly ended: Promise<void> }>;
