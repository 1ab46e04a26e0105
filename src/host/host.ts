/**
 * The outside world as the program sees it, engine and systemd apart.
 * `deno_host.ts` is the real one; nothing else in `src` asks the operating system directly.
 */

/** What came of reading a file. Only `missing` means that there is none. */
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
  /** PEM; the only authorities that are trusted. Undefined: those of the system. */
  readonly authorities: string | undefined;
  /** Any certificate will do. */
  readonly insecure: boolean;
  /** Whether the response is to say when the certificate expires. */
  readonly wantsExpiry: boolean;
}

/** Redirects are not followed: what the server answered is what is judged. */
export interface HttpResponse {
  readonly httpStatus: number;
  /** A header that came several times has its values joined by commas. */
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** Of the server's certificate, where it was asked for. */
  readonly certificateExpiresAt: Date | undefined;
}

/** What a container or a program writes to. */
export type OutputStream = "stdout" | "stderr";

export interface ProcessRequest {
  /** A path, or a name that is looked up in PATH; and its arguments. */
  readonly argv: readonly string[];
  /** Added to the program's own environment, without what systemd has set there for the program alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: the program's own. */
  readonly workdir: string | undefined;
  /** Undefined: there is nothing to read. */
  readonly stdin: Uint8Array<ArrayBuffer> | undefined;
  readonly onOutput: (stream: OutputStream, bytes: Uint8Array) => void;
  readonly signal: AbortSignal;
}

/** How a process ended: 128 + n when signal n ended it, as a shell says it. */
export interface ProcessEnd {
  readonly statusCode: number;
}

/** A short file whose content is replaced at once, without waiting: what a process that is killed leaves is whole. */
export interface RecordFile {
  write(text: string): void;
}

/** What stands in a folder; of a link, the link itself. */
export interface FolderEntry {
  readonly name: string;
  /** `other`: a socket, a pipe, a device. */
  readonly kind: "file" | "folder" | "link" | "other";
  /** The permission bits. */
  readonly mode: number;
  /** Of a file; else 0. */
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** Where a link leads, as it says; else empty. */
  readonly target: string;
}

/** A unix datagram socket that only receives. */
export interface DatagramListener {
  /** Ends when the listener is closed. */
  readonly messages: AsyncIterable<Uint8Array>;
  close(): void;
}

export type SignalName = "SIGTERM" | "SIGINT" | "SIGHUP";

export interface Host {
  /** The processor architecture in Go's words (`amd64`, `arm64`), as the engine and its clients name it. */
  readonly architecture: string;
  /** The machine's name. */
  hostname(): string;
  /** The path of the program, where it is a compiled one. */
  readonly executable: string | undefined;
  cwd(): string;
  env(name: string): string | undefined;
  /** Reads a whole file; one of more than `limitBytes` is an error. */
  readFile(path: string, limitBytes: number): Promise<FileRead>;
  writeFile(path: string, text: string): Promise<void>;
  /** Adds to the end of a file, which is made if need be; resolves when the bytes are on the disk. */
  appendFile(path: string, bytes: Uint8Array): Promise<void>;
  /** The files in a folder; a folder that is not there has none. */
  listFiles(folder: string): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]>;
  /** All that stands in a folder, by name. */
  listFolder(folder: string): Promise<readonly FolderEntry[]>;
  /** The content of a file, piece by piece; each is valid until the next one is asked for. */
  readPieces(path: string): AsyncIterable<Uint8Array>;
  /** A file or empty folder; that it is not there is no error. */
  removeFile(path: string): Promise<void>;
  /** `mode`: of a file that is made, less the umask. */
  openRecord(path: string, options?: { readonly mode?: number }): RecordFile;
  /** Makes the folder and all above it, if need be. */
  makeFolder(path: string): Promise<void>;
  /** Listens at a path, in place of whatever is there; anybody may send. */
  listenDatagrams(path: string): Promise<DatagramListener>;
  httpRequest(request: HttpRequest): Promise<HttpResponse>;
  /** Resolves when a connection stands, which is closed again at once. */
  connectTcp(address: { host: string; port: number }, signal: AbortSignal): Promise<void>;
  /**
   * Runs a program in a process group of its own, to its end and that of its output.
   * When that is over, or the signal is aborted, or `onOutput` throws, nothing of the group is left.
   */
  runProcess(request: ProcessRequest): Promise<ProcessEnd>;
  /** Calls `handler` on each such signal until the process ends. */
  onSignal(signal: SignalName, handler: () => void): void;
  /** Writes all of `bytes`, or rejects. */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /** The same, with everything else standing still until it is done. */
  writeStdoutSync(bytes: Uint8Array): void;
  writeStderr(text: string): void;
}
