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
  readonly signal: AbortSignal;
}

/** Redirects are not followed: what the server answered is what is judged. */
export interface HttpResponse {
  readonly httpStatus: number;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** A short file whose content is replaced at once, without waiting: what a process that is killed leaves is whole. */
export interface RecordFile {
  write(text: string): void;
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
  cwd(): string;
  env(name: string): string | undefined;
  /** Reads a whole file; one of more than `limitBytes` is an error. */
  readFile(path: string, limitBytes: number): Promise<FileRead>;
  writeFile(path: string, text: string): Promise<void>;
  /** A file or empty folder; that it is not there is no error. */
  removeFile(path: string): Promise<void>;
  /** `mode`: of a file that is made, less the umask. */
  openRecord(path: string, options?: { readonly mode?: number }): RecordFile;
  /** Makes the folder and all above it, if need be. */
  makeFolder(path: string): Promise<void>;
  /** Listens at a path, in place of whatever is there; anybody may send. */
  listenDatagrams(path: string): Promise<DatagramListener>;
  httpRequest(request: HttpRequest): Promise<HttpResponse>;
  /** Calls `handler` on each such signal until the process ends. */
  onSignal(signal: SignalName, handler: () => void): void;
  /** Writes all of `bytes`, or rejects. */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /** The same, with everything else standing still until it is done. */
  writeStdoutSync(bytes: Uint8Array): void;
  writeStderr(text: string): void;
}
