/** The real host: Deno's file system, signals, standard streams and HTTP client. */
import type { DatagramListener, FileRead, Host, HttpRequest, HttpResponse, RecordFile } from "./host.ts";

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { "x86_64": "amd64", aarch64: "arm64" };

export function denoHost(): Host {
  return {
    architecture: GO_ARCHITECTURES[Deno.build.arch] ?? Deno.build.arch,
    cwd: () => Deno.cwd(),
    env: (name) => Deno.env.get(name),
    readFile,
    writeFile: (path, text) => Deno.writeTextFile(path, text),
    removeFile,
    makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
    listenDatagrams,
    openRecord,
    httpRequest,
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

async function httpRequest(request: HttpRequest): Promise<HttpResponse> {
  if (needsNodeHttp(request)) return (await import("./node_http.ts")).nodeHttpRequest(request);
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers.map(([name, value]) => [name, value]),
    body: request.body ?? null,
    redirect: "manual",
    signal: request.signal,
  });
  return { httpStatus: response.status, body: response.body };
}

/** `fetch` drops a `Host` header and refuses a body on GET. node:http takes both, but costs some 4 MiB once loaded. */
function needsNodeHttp(request: HttpRequest): boolean {
  const bodyOnGet = request.body !== undefined && /^(GET|HEAD)$/i.test(request.method);
  return bodyOnGet || request.headers.some(([name]) => name.toLowerCase() === "host");
}
