/**
 * What the container itself has to say to systemd, for `ready.when: notify`.
 * In: sd_notify(3) messages on a socket of ours that is mounted into it. Out: whether it is ready, and its status;
 * nothing else is passed on, since the unit's main process is this program.
 */

/** Where the container finds the relay's folder. */
const FOLDER_IN_CONTAINER = "/run/notify";
const SOCKET_NAME = "notify.sock";
/** For the container's environment. */
export const NOTIFY_VARIABLE = `NOTIFY_SOCKET=${FOLDER_IN_CONTAINER}/${SOCKET_NAME}`;
/** Read-only: a container sends all the same, but can neither swap the socket, nor lock us out, nor fill the disk. */
const BIND_END = `:${FOLDER_IN_CONTAINER}:ro`;
/** Short, since the path of a socket has 107 characters at the most, and the unit's name is in it. */
const PREFIX = "n-";
const SHARED_NAME = "c";
/** An empty file in our own folder: the container has said READY=1. */
const READY_NAME = "ready";

/** What is needed of the machine, as `Host` of `host/` has it. */
interface RelayHost {
  makePrivateFolder(path: string): Promise<void>;
  makeSharedFolder(path: string): Promise<void>;
  replaceFile(path: string, text: string): void;
  readFile(path: string, limitBytes: number): Promise<{ readonly kind: string }>;
  listenDatagrams(path: string, onMessage: (message: Uint8Array) => void): Promise<{ close(): void }>;
  removeFile(path: string): Promise<void>;
}

/**
 * The socket is in a folder that any user of a container may enter, and that is in a folder of a new name which only
 * our own user may: nobody else on this machine can send, or lay something in its place.
 */
export class NotifyRelay implements AsyncDisposable {
  ready = false;
  /** The last `STATUS=` of the container. */
  status: string | undefined;
  #folder = "";
  #socket: { close(): void } | undefined;

  /** Called when what the container says of itself has changed. */
  onChange: () => void = () => {};

  private constructor(readonly parent: string, readonly host: RelayHost) {}

  /** Listens in a new folder below `parent`, which goes at the end. */
  static async open(parent: string, host: RelayHost): Promise<NotifyRelay> {
    const relay = new NotifyRelay(parent, host);
    relay.#folder = `${parent}/${PREFIX}${crypto.randomUUID().slice(0, 8)}`;
    await host.makePrivateFolder(relay.#folder);
    await host.makeSharedFolder(`${relay.#folder}/${SHARED_NAME}`);
    relay.#socket = await relay.#listen(relay.#folder);
    return relay;
  }

  /** What mounts the relay into a container, as the engine has it (`HostConfig.Binds`). */
  get bind(): string {
    return `${this.#folder}/${SHARED_NAME}${BIND_END}`;
  }

  /**
   * Listens where a running container with these binds sends to, since an earlier process has made it for that one; if
   * it has said READY=1 then, it is ready. False if it can not be heard.
   */
  async takeOver(binds: readonly string[]): Promise<boolean> {
    const end = `/${SHARED_NAME}${BIND_END}`;
    const bind = binds.find((bind) => bind.startsWith(`${this.parent}/${PREFIX}`) && bind.endsWith(end));
    if (bind === undefined) return false;
    const folder = bind.slice(0, -end.length);
    const socket = await this.#listen(folder).catch(() => undefined);
    if (socket === undefined) return false;
    await this.#close();
    this.#folder = folder;
    this.#socket = socket;
    this.ready = (await this.host.readFile(`${folder}/${READY_NAME}`, 0)).kind === "content";
    return true;
  }

  /** For a container that is about to start. */
  async reset(): Promise<void> {
    this.ready = false;
    this.status = undefined;
    await this.host.removeFile(`${this.#folder}/${READY_NAME}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #listen(folder: string): Promise<{ close(): void }> {
    const shared = `${folder}/${SHARED_NAME}`;
    return await this.host.listenDatagrams(`${shared}/${SOCKET_NAME}`, (bytes) => this.#receive(bytes));
  }

  async #close(): Promise<void> {
    this.#socket?.close();
    const shared = `${this.#folder}/${SHARED_NAME}`;
    const ready = `${this.#folder}/${READY_NAME}`;
    for (const path of [`${shared}/${SOCKET_NAME}`, shared, ready, this.#folder]) {
      // How a service has ended does not hang on what is left of its folder.
      await this.host.removeFile(path).catch(() => {});
    }
  }

  #becomeReady(): void {
    if (this.ready) return;
    this.ready = true;
    try {
      this.host.replaceFile(`${this.#folder}/${READY_NAME}`, "");
    } catch {
      // A full /run: only a process that takes the container over would miss it.
    }
  }

  #receive(message: Uint8Array): void {
    for (const line of new TextDecoder().decode(message).split("\n")) {
      if (line === "READY=1") this.#becomeReady();
      if (line.startsWith("STATUS=")) this.status = line.slice("STATUS=".length) || undefined;
    }
    this.onChange();
  }
}
