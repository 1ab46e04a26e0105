/** The socket by which a container says that it is ready, on a machine whose other users may mean no good. */
import { deepEqual, equal, match } from "node:assert/strict";
import { denoHost } from "../../src/host/deno_host.ts";
import { NotifyRelay } from "../../src/systemd/notify_relay.ts";
import { openLibc } from "../../src/systemd/libc.ts";
import { tempDir } from "../support/temp_dir.ts";

const host = denoHost();
const { sendDatagram } = openLibc();
const { symbols: libc } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  unlink: { parameters: ["buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});
const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o7777;
const names = async (path: string) => (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
const folderOf = ({ bind }: NotifyRelay) => bind.split(":")[0]!;

async function say(relay: NotifyRelay, text: string): Promise<void> {
  const heard = new Promise<void>((resolve) => relay.onChange = resolve);
  deepEqual(sendDatagram(`${folderOf(relay)}/notify.sock`, new TextEncoder().encode(text)), { kind: "sent" });
  await heard;
}

/** The host of a process that will be killed: then its sockets close, and all else stays. */
function keeping(sockets: { close(): void }[]): typeof host {
  return {
    ...host,
    async listenDatagrams(path, onMessage) {
      const socket = await host.listenDatagrams(path, onMessage);
      sockets.push(socket);
      return socket;
    },
  };
}

/** Sends a datagram from a socket that is bound to this path: Deno itself binds to none that is no UTF-8. */
function sendFrom(name: Uint8Array, path: string): void {
  const [AF_UNIX, SOCK_DGRAM] = [1, 2];
  const addressOf = (name: Uint8Array) => new Uint8Array([AF_UNIX, 0, ...name, 0]);
  const [own, theirs] = [addressOf(name), addressOf(new TextEncoder().encode(path))];
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  equal(libc.bind(socket, own, own.length), 0);
  equal(libc.sendto(socket, new TextEncoder().encode("odd"), 3n, 0, theirs, theirs.length), 3n);
  equal(libc.unlink(own.subarray(2)), 0);
  libc.close(socket);
}

Deno.test("only our own user reaches the socket by way of the host, any user of the container does", async () => {
  await using dir = await tempDir();
  const umask = Deno.umask(0o077);
  try {
    await using relay = await NotifyRelay.open(dir.path, host);
    match(relay.bind, /^\/.*\/n-\w+\/c:\/run\/notify:ro$/);
    const folder = folderOf(relay);
    equal(await mode(folder.replace(/\/c$/, "")), 0o700);
    equal(await mode(folder), 0o755);
    equal(await mode(`${folder}/notify.sock`), 0o666);
  } finally {
    Deno.umask(umask);
  }
  deepEqual(await names(dir.path), [], "all of it goes at the end");
});

Deno.test("a container that is taken over is heard where it was before; the new folder goes", async () => {
  await using dir = await tempDir();
  const sockets: { close(): void }[] = [];
  const killed = await NotifyRelay.open(dir.path, keeping(sockets));
  for (const socket of sockets) socket.close();
  await using relay = await NotifyRelay.open(dir.path, host);
  equal(
    await relay.takeOver(["/srv:/srv", "/tmp/n-x/c:/run/notify:ro"]),
    false,
    "not one of ours",
  );
  equal(
    await relay.takeOver([killed.bind.replace(/:ro$/, "")]),
    false,
    "one that the container may write to",
  );
  equal(relay.ready, false);
  equal(await relay.takeOver(["/srv:/srv", killed.bind]), true);
  equal(relay.ready, false, "it has not said so yet");
  equal(relay.bind, killed.bind);
  equal((await names(dir.path)).length, 1);
  await say(relay, "STATUS=still here");
  equal(relay.status, "still here");
});

Deno.test("a container that has said READY=1 is ready for the process that takes it over, too", async () => {
  await using dir = await tempDir();
  const sockets: { close(): void }[] = [];
  const killed = await NotifyRelay.open(dir.path, keeping(sockets));
  await say(killed, "READY=1");
  const next = await NotifyRelay.open(dir.path, keeping(sockets));
  await next.takeOver([killed.bind]);
  equal(next.ready, true);
  await next.reset();
  // Its first one it has closed itself.
  for (const socket of [sockets.at(0), sockets.at(-1)]) socket?.close();
  await using last = await NotifyRelay.open(dir.path, host);
  await last.takeOver([killed.bind]);
  equal(last.ready, false, "that was the container before");
});

Deno.test("a sender whose name is no UTF-8 does not make it deaf to the others", async () => {
  await using dir = await tempDir();
  await using relay = await NotifyRelay.open(dir.path, host);
  const name = new Uint8Array([...new TextEncoder().encode(`${dir.path}/`), 0xff]);
  for (let sent = 0; sent < 3; sent++) sendFrom(name, `${folderOf(relay)}/notify.sock`);
  await say(relay, "READY=1");
  equal(relay.ready, true);
});

Deno.test("what cannot be removed changes no ending", async () => {
  await using dir = await tempDir();
  const relay = await NotifyRelay.open(dir.path, host);
  await Deno.writeTextFile(`${folderOf(relay)}/left`, "");
  await relay[Symbol.asyncDispose]();
  deepEqual((await names(dir.path)).length, 1);
});
