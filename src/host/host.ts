/**
 * What the program asks of the operating system, except for the engine and systemd.
 * `deno_host.ts` is the real one; tests put others in its place.
 */

/** A file that was read, or why not. Only `missing` means that there is none. */
export type FileRead =
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" }
  | { readonly kind: "error"; readonly reason: string };

/** An HTTP request as a check describes it. Header names may repeat, `Host` and a body on GET are allowed. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
  readonly tls: TlsOptions;
  readonly signal: AbortSignal;
}

export interface TlsOptions {
  /** The certificates, in PEM, of the only authorities to trust. Undefined: those of the system. */
  readonly authorities: string | undefined;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
  /** Whether the response is to say when the certificate expires. */
  readonly wantsExpiry: boolean;
}

/** The server's own answer: redirects are not followed. */
export interface HttpResponse {
  readonly httpStatus: number;
  /** A header that came several times has its values joined by commas. */
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** When the server's certificate expires; undefined unless that was asked for. */
  readonly certificateExpiresAt: Date | undefined;
}

/** What a container or a program writes to. */
export type OutputStream = "stdout" | "stderr";

export interface ProcessRequest {
  /** A path, or a name that is looked up in PATH; and its arguments. */
  readonly argv: readonly string[];
  /** Added to our own environment, of which the variables that systemd has set for us alone are left out. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: our own. */
  readonly workdir: string | undefined;
  /** Undefined: there is nothing to read. */
  readonly stdin: Uint8Array<ArrayBuffer> | undefined;
  /** Where it yields a promise, no more of the stream is read until that has resolved. */
  readonly onOutput: (stream: OutputStream, bytes: Uint8Array) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * A short file that is overwritten by a single write: a process that is killed leaves a whole text. Nothing is cut off,
 * so that of a longer text before, the end stays.
 */
export interface RecordFile {
  /** `at`: where in the file, in bytes; its beginning if not given. */
  write(text: string, at?: number): void;
}

/** A file in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

export type SignalName = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1";

export interface Host {
  /** The processor architecture in Go's words (`amd64`, `arm64`), as the engine and its clients name it. */
  readonly architecture: string;
  /** The machine's name. */
  hostname(): string;
  /** The path of this program; undefined if it is not compiled. */
  readonly executable: string | undefined;
  cwd(): string;
  env(name: string): string | undefined;
  /** Reads a whole file; one of more than `limitBytes` is an error, as is what is no file: a pipe, a device but /dev/null. */
  readFile(path: string, limitBytes: number): Promise<FileRead>;
  /**
   * The same for a file in whose folder others may write: nothing that they put in its place makes it wait. Nothing else
   * goes on meanwhile. Unless it `followsLinks`, as it does by default, a link in the file's place is an error.
   */
  readOthersFile(path: string, limitBytes: number, options?: { readonly followsLinks?: boolean }): FileRead;
  /**
   * Puts a new file in the place of what has this name, be it a link: whoever reads it finds the old text or the new one,
   * whole; if it `isDurable`, after a power cut as well. `mode`: whatever the umask. `sharesOwner`: it belongs to whom its
   * folder belongs to, which only root can give away.
   */
  replaceFile(
    path: string,
    text: string,
    options?: { readonly mode?: number; readonly isDurable?: boolean; readonly sharesOwner?: boolean },
  ): void;
  /** Adds to the end of a file, which is made if need be; resolves when the bytes are on the disk. */
  appendFile(path: string, bytes: Uint8Array): Promise<void>;
  /** The files in a folder, sorted by name. */
  listFolder(folder: string): Promise<readonly FolderEntry[]>;
  /** Standard input to its end, piece by piece; each is valid until the next one is asked for. */
  readStdin(): AsyncIterable<Uint8Array>;
  /** Removes a file or an empty folder; it need not exist. */
  removeFile(path: string): Promise<void>;
  openRecord(path: string): RecordFile;
  /** Makes the folder and all above it, if need be. */
  makeFolder(path: string): Promise<void>;
  /** Makes the folder, if need be, and lets all users enter it. */
  makeSharedFolder(path: string): Promise<void>;
  /** Makes a folder that only our own user may enter. Rejects if there is something of this path, be it a link. */
  makePrivateFolder(path: string): Promise<void>;
  /** Removes a folder and all that is in it. */
  removeFolder(path: string): Promise<void>;
  /**
   * Listens at a path, from which it removes what is there, until closed; all users may send. In the path's folder nobody
   * else may write: they would swap the socket before its mode is set.
   */
  listenDatagrams(path: string, onMessage: (message: Uint8Array) => void): Promise<{ close(): void }>;
  /** Takes a name that one process of this machine can have at a time, until closed; undefined if another one has it. */
  claimName(name: string): { close(): void } | undefined;
  httpRequest(request: HttpRequest): Promise<HttpResponse>;
  /** Resolves when a connection has been made; it is closed at once. */
  connectTcp(address: { host: string; port: number }, signal: AbortSignal): Promise<void>;
  /**
   * Runs a program in a process group of its own. Resolves when it and its output have ended, with its exit code, as in
   * a shell 128 + n after signal n. Then, or when the signal is aborted or `onOutput` throws, all that is left of the
   * group is killed.
   */
  runProcess(request: ProcessRequest): Promise<number>;
  /** Sends a signal to a process of this machine. @throws with `code` ESRCH where there is none, EPERM if we may not */
  sendSignal(pid: number, signal: SignalName): void;
  /** Calls `handler` on each such signal until the process ends. */
  onSignal(signal: SignalName, handler: () => void): void;
  /** Writes all of `bytes`, or rejects. */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /** The same, but nothing else goes on until it is done. */
  writeStdoutSync(bytes: Uint8Array): void;
  writeStderr(text: string): void;
}
