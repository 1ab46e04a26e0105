/**
 * What the container itself has to say to systemd, for `ready.when: notify`.
 * In: sd_notify(3) messages on a socket of ours that is mounted into it. Out: whether it is ready, and its status;
 * nothing else is passed on, since the unit's main process is this program.
 */
import type { CreateBody } from "../engine/create_body.ts";
import type { DatagramListener, Host } from "../host/host.ts";

/** Where the container finds the socket. */
const TARGET_FOLDER = "/run/notify";
const SOCKET_NAME = "notify.sock";

export class NotifyRelay implements AsyncDisposable {
  #ready = false;
  #status: string | undefined;
  readonly #received: Promise<void>;

  /** Called when what the container says of itself has changed. */
  onChange: () => void = () => {};

  private constructor(readonly folder: string, readonly host: Host, readonly listener: DatagramListener) {
    this.#received = this.#receive();
  }

  /** Listens in the folder, which is made, and goes at the end. */
  static async open(folder: string, host: Host): Promise<NotifyRelay> {
    await host.makeFolder(folder);
    return new NotifyRelay(folder, host, await host.listenDatagrams(`${folder}/${SOCKET_NAME}`));
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The last `STATUS=` of the container. */
  get status(): string | undefined {
    return this.#status;
  }

  /** For a container that is about to start. */
  reset(): void {
    this.#ready = false;
    this.#status = undefined;
  }

  /** For a container that has said so to an earlier process. */
  assumeReady(): void {
    this.#ready = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    await this.#received;
    await this.host.removeFile(`${this.folder}/${SOCKET_NAME}`);
    await this.host.removeFile(this.folder);
  }

  async #receive(): Promise<void> {
    for await (const message of this.listener.messages) {
      for (const line of new TextDecoder().decode(message).split("\n")) {
        if (line === "READY=1") this.#ready = true;
        if (line.startsWith("STATUS=")) this.#status = line.slice("STATUS=".length) || undefined;
      }
      this.onChange();
    }
  }
}

/** The body with the socket's folder mounted and NOTIFY_SOCKET set. */
export function withNotifySocket(body: CreateBody, folder: string): CreateBody {
  return {
    ...body,
    Env: [...body.Env ?? [], `NOTIFY_SOCKET=${TARGET_FOLDER}/${SOCKET_NAME}`],
    HostConfig: {
      ...body.HostConfig,
      Binds: [...body.HostConfig?.Binds ?? [], `${folder}:${TARGET_FOLDER}`],
    },
  };
}
