/**
 * What the container itself has to say to systemd, for `ready.when: notify`.
 * In: sd_notify(3) messages on a socket of ours that is mounted into it. Out: whether it is ready, and its status;
 * nothing else is passed on, since the unit's main process is this program.
 */

/** Where the container finds the relay's folder. */
export const FOLDER_IN_CONTAINER = "/run/notify";
const SOCKET_NAME = "notify.sock";
/** For the container's environment. */
export const NOTIFY_VARIABLE = `NOTIFY_SOCKET=${FOLDER_IN_CONTAINER}/${SOCKET_NAME}`;

/** What is needed of the machine, as `Host` of `host/` has it. */
interface RelayHost {
  makeFolder(path: string): Promise<void>;
  listenDatagrams(path: string, onMessage: (message: Uint8Array) => void): Promise<{ close(): void }>;
  removeFile(path: string): Promise<void>;
}

export class NotifyRelay implements AsyncDisposable {
  ready = false;
  /** The last `STATUS=` of the container. */
  status: string | undefined;
  #socket: { close(): void } | undefined;

  /** Called when what the container says of itself has changed. */
  onChange: () => void = () => {};

  private constructor(readonly folder: string, readonly host: RelayHost) {}

  /** Listens in the folder, which is made, and goes at the end. */
  static async open(folder: string, host: RelayHost): Promise<NotifyRelay> {
    await host.makeFolder(folder);
    const relay = new NotifyRelay(folder, host);
    relay.#socket = await host.listenDatagrams(`${folder}/${SOCKET_NAME}`, (bytes) => relay.#receive(bytes));
    return relay;
  }

  /** For a container that is about to start. */
  reset(): void {
    this.ready = false;
    this.status = undefined;
  }

  /** For a container that has said so to an earlier process. */
  assumeReady(): void {
    this.ready = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.close();
    // A folder in which the container has left something stays: how a service has ended does not hang on it.
    await this.host.removeFile(`${this.folder}/${SOCKET_NAME}`).catch(() => {});
    await this.host.removeFile(this.folder).catch(() => {});
  }

  #receive(message: Uint8Array): void {
    for (const line of new TextDecoder().decode(message).split("\n")) {
      if (line === "READY=1") this.ready = true;
      if (line.startsWith("STATUS=")) this.status = line.slice("STATUS=".length) || undefined;
    }
    this.onChange();
  }
}
