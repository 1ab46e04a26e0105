/**
 * What systemd is told about the service: sd_notify(3).
 * In: states by name. Out: datagrams to the unit's notify socket, each like `READY=1\nSTATUS=Running`.
 */
import { printable } from "../printable.ts";
import type { SendResult } from "./libc.ts";

/** The states of sd_notify(3) that the program sends; those of one call go into one datagram. */
export interface NotifyState {
  readonly ready?: true;
  readonly stopping?: true;
  /** A reload begins, at this time of CLOCK_MONOTONIC: so systemd knows that it is the one it asked for. */
  readonly reloadingSinceUsec?: bigint;
  readonly watchdog?: true;
  /** One line for `systemctl status`; line breaks become blanks. */
  readonly status?: string;
  /** Why the service fails, errno(3). */
  readonly errno?: number;
  /** How much longer, from now on, the current start, reload or stop may take. */
  readonly extendTimeoutUsec?: number;
}

export interface Notifier {
  /** Hands the states to systemd; never waits, never throws. */
  send(state: NotifyState): void;
}

export interface NotifierOptions {
  readonly sendDatagram: (address: string, payload: Uint8Array) => SendResult;
  /** Called with the first message that can not be sent; the text says why. */
  readonly onFailure: (message: string) => void;
}

/** systemd ignores a message of more than 4096 bytes (NOTIFY_BUFFER_MAX in its source). */
const STATUS_LIMIT_BYTES = 1024;
/** A message is tried for five seconds while the receiver's queue is full. */
const RETRY_INTERVAL_MS = 20;
const RETRY_LIMIT = 250;

/** Puts the story, if there is one, before each status, e.g. `Restarting the container: …; starting the container`. */
export function prefixStatus(story: string | undefined, notifier: Notifier): Notifier {
  if (story === undefined) return notifier;
  return {
    send: ({ status, ...state }) => {
      if (status === undefined) return notifier.send(state);
      notifier.send({ ...state, status: `${story}; ${status.charAt(0).toLowerCase()}${status.slice(1)}` });
    },
  };
}

/** A notifier for the address in `$NOTIFY_SOCKET`; one that does nothing if there is none, or none that can be used. */
export function createNotifier(address: string | undefined, options: NotifierOptions): Notifier {
  if (address === undefined) return { send() {} };
  if (!/^[/@]./.test(address)) {
    options.onFailure(`Cannot notify systemd: NOTIFY_SOCKET is "${address}", must start with "/" or "@"`);
    return { send() {} };
  }
  return new DatagramNotifier(address, options);
}

/** The text of one datagram, e.g. `READY=1\nSTATUS=Running since 14:02`. */
export function notifyMessage(state: NotifyState): string {
  const lines: string[] = [];
  if (state.reloadingSinceUsec !== undefined) {
    lines.push("RELOADING=1", `MONOTONIC_USEC=${state.reloadingSinceUsec}`);
  }
  if (state.stopping) lines.push("STOPPING=1");
  if (state.ready) lines.push("READY=1");
  if (state.watchdog) lines.push("WATCHDOG=1");
  if (state.extendTimeoutUsec !== undefined) lines.push(`EXTEND_TIMEOUT_USEC=${state.extendTimeoutUsec}`);
  if (state.status !== undefined) lines.push(`STATUS=${oneLine(state.status)}`);
  if (state.errno !== undefined) lines.push(`ERRNO=${state.errno}`);
  return lines.join("\n");
}

function oneLine(text: string): string {
  const line = printable(text).trim();
  if (line.length <= STATUS_LIMIT_BYTES / 4) return line;
  const bytes = new TextEncoder().encode(line);
  if (bytes.length <= STATUS_LIMIT_BYTES) return line;
  // A character cut in two is left out as a whole.
  return new TextDecoder().decode(bytes.subarray(0, STATUS_LIMIT_BYTES - 3)).replace(/\ufffd+$/, "") + "…";
}

class DatagramNotifier implements Notifier {
  readonly #queue: Uint8Array[] = [];
  #retries = 0;
  #failed = false;

  constructor(readonly address: string, readonly options: NotifierOptions) {}

  send(state: NotifyState): void {
    this.#queue.push(new TextEncoder().encode(notifyMessage(state)));
    // While one waits for room, all later ones wait behind it.
    if (this.#retries === 0) this.#sendQueued();
  }

  #sendQueued(): void {
    let payload: Uint8Array | undefined;
    while ((payload = this.#queue[0]) !== undefined) {
      const result = this.options.sendDatagram(this.address, payload);
      if (result.kind === "full" && this.#retries < RETRY_LIMIT) {
        this.#retries++;
        setTimeout(() => this.#sendQueued(), RETRY_INTERVAL_MS);
        return;
      }
      if (result.kind !== "sent") this.#reportFailure(result);
      this.#queue.shift();
      this.#retries = 0;
    }
  }

  #reportFailure(result: SendResult): void {
    if (this.#failed) return;
    this.#failed = true;
    const reason = result.kind === "failed" ? `errno ${result.errno}` : "systemd does not read its socket";
    this.options.onFailure(`Cannot notify systemd at "${this.address}": ${reason}`);
  }
}
