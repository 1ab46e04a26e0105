/** The socket by which a container says that it is ready, on a machine whose other users may mean no good. */
import { deepEqual, equal, match } from "node:assert/strict";
import { denoHost } from "../../src/host/deno_host.ts";
import { NotifyRelay } from "../../src/systemd/notify_relay.ts";
import { openLibc } from "../../src/systemd/libc.ts";
import { tempDir } from "../support/temp_dir.ts";

const host = denoHost();
const { sendDatagram } = openLibc();
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

Deno.test("what cannot be removed changes no ending", async () => {
  await using dir = await tempDir();
  const relay = await NotifyRelay.open(dir.path, host);
  await Deno.writeTextFile(`${folderOf(relay)}/left`, "");
  await relay[Symbol.asyncDispose]();
  deepEqual((await names(dir.path)).length, 1);
});
