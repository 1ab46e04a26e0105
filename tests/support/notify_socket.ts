/**
 * systemd's side of sd_notify(3): a datagram socket to be handed over as NOTIFY_SOCKET.
 * In: datagrams like `READY=1\nSTATUS=Running`. Out: their assignments, in the order of arrival.
 */
import { EventLog } from "./event_log.ts";

/** One datagram: what systemd would take up in one step. */
export interface NotifyMessage {
  readonly atMs: number;
  /** E.g. `{ READY: "1", STATUS: "Running" }`. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface NotifySocketOptions {
  /** A folder for the socket; without one the socket gets an abstract name. */
  readonly dir?: string;
  readonly onMessage?: (message: NotifyMessage) => void;
}

/** Receives until disposed: `await using socket = new NotifySocket({ dir: dir.path })`. */
export class NotifySocket implements AsyncDisposable {
  /** The value for NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  readonly #log = new EventLog<NotifyMessage>("notify message", ({ fields }) => JSON.stringify(fields));
  readonly #socket: Deno.DatagramConn;
  readonly #received: Promise<void>;

  constructor(options: NotifySocketOptions = {}) {
    const name = `service_runner-test-${crypto.randomUUID()}`;
    this.address = options.dir === undefined ? `@${name}` : `${options.dir}/notify.sock`;
    // Deno takes a leading NUL for an abstract name; "@" it would take for a file.
    const path = this.address.replace(/^@/, "\0");
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path });
    this.#received = this.#receive(options.onMessage);
  }

  /** All that came so far. */
  get messages(): readonly NotifyMessage[] {
    return this.#log.items;
  }

  /** The next message, after the one that the last call yielded, that fits. */
  next(predicate: (fields: NotifyMessage["fields"]) => boolean, timeoutMs?: number): Promise<NotifyMessage> {
    return this.#log.next(({ fields }) => predicate(fields), timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#received;
    if (this.address.startsWith("/")) await Deno.remove(this.address);
  }

  async #receive(onMessage: NotifySocketOptions["onMessage"]): Promise<void> {
    // The buffer is larger than any message systemd would take (NOTIFY_BUFFER_MAX, 4096 bytes).
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      for await (const [bytes] of this.#socket) {
        const message = { atMs: performance.now(), fields: parseAssignments(decoder.decode(bytes)) };
        this.#log.push(message);
        onMessage?.(message);
      }
    } catch (error) {
      this.#log.fail(error as Error);
    }
  }
}

/** `A=1\nB=x=y` → `{ A: "1", B: "x=y" }`. @throws On a line that is not an assignment. */
export function parseAssignments(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const match = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match === null) throw new Error(`Cannot parse the notify message ${JSON.stringify(text)}`);
    fields[match[1] as string] = match[2] as string;
  }
  return fields;
}
