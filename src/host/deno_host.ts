/** The real host: Deno's file system, signals, standard streams and HTTP client. */
import { abortable } from "./abortable_body.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { claimName } from "./deno_claim.ts";
import { runProcess } from "./deno_process.ts";
import { readOthersFile } from "./others_file.ts";
import { refusedGrowth, refusedStat } from "./file_limits.ts";
import { folderOf } from "./paths.ts";
import type { FileRead, Host, HttpRequest, HttpResponse, RecordFile } from "./host.ts";

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { "x86_64": "amd64", aarch64: "arm64" };

export function denoHost(): Host {
  return {
    architecture: GO_ARCHITECTURES[Deno.build.arch] ?? Deno.build.arch,
    hostname: () => Deno.hostname(),
    executable: Deno.build.standalone ? Deno.execPath() : undefined,
    cwd: () => Deno.cwd(),
    env: (name) => Deno.env.get(name),
    readFile,
    readOthersFile,
    replaceFile,
    appendFile,
    listFolder: async (folder) => (await import("./deno_folder.ts")).listFolder(folder),
    readStdin: () => Deno.stdin.readable,
    removeFile,
    makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
    makeSharedFolder,
    makePrivateFolder: (path) => Deno.mkdir(path, { mode: 0o700 }),
    removeFolder: (path) => Deno.remove(path, { recursive: true }),
    listenDatagrams,
    claimName,
    openRecord,
    httpRequest,
    connectTcp,
    runProcess,
    sendSignal: (pid, signal) => Deno.kill(pid, signal),
    onSignal: (signal, handler) => Deno.addSignalListener(signal, handler),
    writeStdout,
    writeStdoutSync,
    writeStderr: (text) => {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    },
  };
}

/** The device number of /dev/null, null(4): a file that is there and empty. */
const NULL_DEVICE = 0x103;

async function readFile(path: string, limitBytes: number): Promise<FileRead> {
  try {
    const { isFile, isDirectory, size, rdev } = await Deno.stat(path);
    if (rdev === NULL_DEVICE) return { kind: "content", bytes: new Uint8Array() };
    // Looked at before it is opened: opening a pipe waits for whoever writes to it, and a device may have no end.
    return refusedStat({ isFile: isFile || isDirectory, size }, limitBytes) ??
      await readOpened(path, limitBytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "missing" };
    return { kind: "error", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Asks what has been opened, which need not be what has been looked at before: others may write in its folder. */
async function readOpened(path: string, limitBytes: number): Promise<FileRead> {
  using file = await Deno.open(path);
  const stat = await file.stat();
  const refusal = refusedStat(stat, limitBytes);
  if (refusal !== undefined) return refusal;
  const buffer = new ByteBuffer(stat.size + 1);
  for (;;) {
    const read = await file.read(buffer.reserve(1).subarray(buffer.length));
    if (read === null) return { kind: "content", bytes: buffer.bytes.slice(0, buffer.length) };
    buffer.commit(buffer.length + read);
    if (buffer.length > limitBytes) return refusedGrowth(limitBytes);
  }
}

function replaceFile(
  path: string,
  text: string,
  { isDurable = false, sharesOwner = false, ...options }: Parameters<Host["replaceFile"]>[2] = {},
): void {
  // Nobody can lay a link of this name beforehand, and one that is there is not followed.
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    Deno.writeTextFileSync(draft, text, { createNew: true, ...options });
    if (options.mode !== undefined) Deno.chmodSync(draft, options.mode);
    if (sharesOwner) giveToOwnerOf(folderOf(path), draft);
    if (isDurable) syncFile(draft);
    Deno.renameSync(draft, path);
    if (isDurable) syncFile(folderOf(path));
  } catch (error) {
    removeDraft(draft);
    throw error;
  }
}

function giveToOwnerOf(folder: string, path: string): void {
  const { uid, gid } = Deno.statSync(folder);
  if (uid !== null && uid !== Deno.statSync(path).uid) Deno.chownSync(path, uid, gid);
}

/** Of a file, or of a folder: what it has is on the disk afterwards. */
function syncFile(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}

function removeDraft(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It could not even be made.
  }
}

async function appendFile(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function openRecord(path: string): RecordFile {
  const file = Deno.openSync(path, { create: true, write: true });
  return {
    write(text, at = 0) {
      file.seekSync(at, Deno.SeekMode.Start);
      file.writeSync(new TextEncoder().encode(text));
    },
  };
}

/** After a message that can not be received, and after so many that can: a flood takes no processor for itself. */
const RECEIVE_PAUSE_MS = 10;
const MESSAGES_PER_PAUSE = 20;

async function makeSharedFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  await Deno.chmod(path, 0o755);
}

async function listenDatagrams(path: string, onMessage: (message: Uint8Array) => void) {
  await removeFile(path);
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  // The container's users are not ours.
  await Deno.chmod(path, 0o666);
  void receive(socket, onMessage);
  return socket;
}

/** Until the socket is closed: one message that can not be received, by a sender with an odd address, ends nothing. */
async function receive(socket: Deno.DatagramConn, onMessage: (message: Uint8Array) => void): Promise<void> {
  for (let count = 1;; count++) {
    try {
      const [message] = await socket.receive();
      onMessage(message);
      if (count % MESSAGES_PER_PAUSE !== 0) continue;
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RECEIVE_PAUSE_MS));
  }
}

async function writeStdout(bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await Deno.stdout.write(bytes.subarray(written));
}

function writeStdoutSync(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += Deno.stdout.writeSync(bytes.subarray(written));
}

async function connectTcp({ host, port }: { host: string; port: number }, signal: AbortSignal) {
  (await Deno.connect({ hostname: host, port, signal })).close();
}

async function httpRequest(request: HttpRequest): Promise<HttpResponse> {
  if (needsNodeHttp(request)) return (await import("./node_http.ts")).nodeHttpRequest(request);
  const { url, method, headers, signal } = request;
  // By itself `fetch` drops a Host header.
  using client = hasHost(request) ? Deno.createHttpClient({ allowHost: true }) : undefined;
  const response = abortable(
    await fetch(url, {
      method,
      headers: headers.map(([name, value]) => [name, value]),
      body: request.body ?? null,
      redirect: "manual",
      signal,
      ...(client === undefined ? {} : { client }),
    }),
  );
  const { status: httpStatus, headers: received, body } = response;
  return { httpStatus, headers: received, body, certificateExpiresAt: undefined };
}

/** The Fetch standard's "bad ports", which `fetch` refuses; some programs do serve HTTP there, for example at 10080. */
const BAD_PORTS: ReadonlySet<string> = new Set(
  ("1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 " +
    "123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 " +
    "990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080")
    .split(" "),
);

/**
 * Whether it takes node:http, which costs some 4 MiB. `fetch` sends no body with GET and no TRACE, and with TLS it
 * neither tells when the certificate expires, nor accepts a bad one, nor expects that of the site the Host header names.
 */
function needsNodeHttp(request: HttpRequest): boolean {
  const { url, method, body, tls } = request;
  const { protocol, port } = new URL(url);
  return (body !== undefined && /^(GET|HEAD)$/.test(method)) || /^(TRACE|TRACK)$/.test(method) ||
    tls.insecure || tls.wantsExpiry || tls.authorities !== undefined ||
    (protocol === "https:" && hasHost(request)) || BAD_PORTS.has(port);
}

function hasHost({ headers }: HttpRequest): boolean {
  return headers.some(([name]) => name.toLowerCase() === "host");
}
