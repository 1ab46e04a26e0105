/** The real host: Deno's file system, signals, standard streams and HTTP client. */
import type {
  DatagramListener,
  FileRead,
  Host,
  HttpRequest,
  HttpResponse,
  ProcessEnd,
  ProcessRequest,
  RecordFile,
} from "./host.ts";

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { "x86_64": "amd64", aarch64: "arm64" };

export function denoHost(): Host {
  return {
    architecture: GO_ARCHITECTURES[Deno.build.arch] ?? Deno.build.arch,
    hostname: () => Deno.hostname(),
    executable: Deno.build.standalone ? Deno.execPath() : undefined,
    cwd: () => Deno.cwd(),
    env: (name) => Deno.env.get(name),
    readFile,
    writeFile: (path, text) => Deno.writeTextFile(path, text),
    appendFile,
    listFiles,
    listFolder: async (folder) => (await import("./deno_folder.ts")).listFolder(folder),
    readPieces: async function* (path) {
      yield* (await import("./deno_folder.ts")).readPieces(path);
    },
    removeFile,
    makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
    listenDatagrams,
    openRecord,
    httpRequest,
    connectTcp,
    runProcess,
    onSignal: (signal, handler) => Deno.addSignalListener(signal, handler),
    writeStdout,
    writeStdoutSync,
    writeStderr: (text) => {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    },
  };
}

async function readFile(path: string, limitBytes: number): Promise<FileRead> {
  try {
    const { size } = await Deno.stat(path);
    if (size > limitBytes) {
      return { kind: "error", reason: `it has ${size} bytes, at most ${limitBytes} are allowed` };
    }
    return { kind: "content", bytes: await Deno.readFile(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "missing" };
    return { kind: "error", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function appendFile(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

async function listFiles(folder: string): Promise<{ name: string; sizeBytes: number }[]> {
  const files: { name: string; sizeBytes: number }[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile) files.push({ name, sizeBytes: (await Deno.stat(`${folder}/${name}`)).size });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function openRecord(path: string, options: { readonly mode?: number } = {}): RecordFile {
  const file = Deno.openSync(path, { create: true, write: true, ...options });
  return {
    write(text) {
      file.seekSync(0, Deno.SeekMode.Start);
      file.writeSync(new TextEncoder().encode(text));
    },
  };
}

async function listenDatagrams(path: string): Promise<DatagramListener> {
  await removeFile(path);
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  // The container's users are not ours.
  await Deno.chmod(path, 0o666);
  return { messages: receive(socket), close: () => socket.close() };
}

async function* receive(socket: Deno.DatagramConn): AsyncGenerator<Uint8Array> {
  for await (const [message] of socket) yield message;
}

async function writeStdout(bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await Deno.stdout.write(bytes.subarray(written));
}

function writeStdoutSync(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += Deno.stdout.writeSync(bytes.subarray(written));
}

async function connectTcp(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<void> {
  (await Deno.connect({ hostname: host, port, signal })).close();
}

/** What systemd has set for this process alone: it would take a child's word for ours. */
const NOT_INHERITED = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "RUNTIME_DIRECTORY"];

async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const { argv: [program = "", ...args], environment, workdir, stdin, onOutput, signal } = request;
  signal.throwIfAborted();
  const env = Deno.env.toObject();
  for (const name of NOT_INHERITED) delete env[name];
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { ...env, ...environment },
    ...(workdir === undefined ? {} : { cwd: workdir }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    // A session, and with it a process group, of its own: its number is the child's.
    detached: true,
  }).spawn();
  const over = new AbortController();
  const end = () => {
    killGroup(child.pid);
    over.abort();
  };
  signal.addEventListener("abort", end);
  const piped = Promise.all([
    writeStdin(child, stdin),
    readOutput(child.stdout, (bytes) => onOutput("stdout", bytes), over.signal),
    readOutput(child.stderr, (bytes) => onOutput("stderr", bytes), over.signal),
  ]);
  // What the process leaves running would hold its output open, and pile up.
  const status = child.status.finally(() => killGroup(child.pid));
  try {
    const [{ code }] = await Promise.all([status, piped]);
    signal.throwIfAborted();
    return { statusCode: code };
  } finally {
    signal.removeEventListener("abort", end);
    end();
    await Promise.allSettled([status, piped]);
  }
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody of it is left.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function writeStdin(
  child: Deno.ChildProcess,
  stdin: Uint8Array<ArrayBuffer> | undefined,
): Promise<void> {
  if (stdin === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(stdin);
    await writer.close();
  } catch (error) {
    // A program need not read what it is given.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function readOutput(
  output: ReadableStream<Uint8Array>,
  onBytes: (bytes: Uint8Array) => void,
  over: AbortSignal,
): Promise<void> {
  const reader = output.getReader();
  // Whoever has left the group may hold the other end for ever.
  over.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes(value);
  }
}

async function httpRequest(request: HttpRequest): Promise<HttpResponse> {
  if (needsNodeHttp(request)) return (await import("./node_http.ts")).nodeHttpRequest(request);
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers.map(([name, value]) => [name, value]),
    body: request.body ?? null,
    redirect: "manual",
    signal: request.signal,
  });
  const { status: httpStatus, headers, body } = response;
  return { httpStatus, headers, body, certificateExpiresAt: undefined };
}

/**
 * What `fetch` can not do: it drops a `Host` header, refuses a body on GET and the method TRACE, and knows
 * neither the expiry of a certificate nor how to do without a good one. node:http can, but costs some 4 MiB.
 */
function needsNodeHttp({ method, body, headers, tls }: HttpRequest): boolean {
  const bodyOnGet = body !== undefined && /^(GET|HEAD)$/.test(method);
  return bodyOnGet || /^(TRACE|TRACK)$/.test(method) || tls.insecure || tls.wantsExpiry ||
    tls.authorities !== undefined || headers.some(([name]) => name.toLowerCase() === "host");
}
