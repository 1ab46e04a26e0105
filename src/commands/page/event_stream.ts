/**
 * The stream of one listener: server-sent events (html.spec.whatwg.org, "Server-sent events").
 * In: messages. Out: the body of an answer. Who does not read them is dropped.
 */

/** The server keeps a buffer for each connection that is as large as the largest piece. */
const PIECE_BYTES = 16 * 1024;
/** So much may wait for who reads slowly. */
const MOST_WAITING_BYTES = 1024 * 1024;

const ENCODER = new TextEncoder();
/** What says nothing: a proxy in between breaks off what is silent, and so it is noticed who has gone. */
export const COMMENT = ENCODER.encode(":\n\n");

/** `id`: what the browser says, when it connects anew, that it has seen last. */
export function message(data: unknown, id?: string): Uint8Array {
  return ENCODER.encode(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
}

export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** `onGone`: called once, when the listener has gone or was dropped. */
  constructor(private readonly onGone: () => void) {
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#end(),
    }, { highWaterMark: MOST_WAITING_BYTES, size: (piece) => piece.length });
  }

  send(bytes: Uint8Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) <= 0) {
      this.#end();
      return controller.error(new Error("it is read too slowly"));
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  /** Nothing more comes. */
  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.onGone();
  }
}
