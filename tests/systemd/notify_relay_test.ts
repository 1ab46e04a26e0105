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
  const listenDatagrams: typeof host.listenDatagrams = async (path, onMessage) => {
    const socket = await host.listenDatagrams(path, onMessage);
    socket.close();
    return socket;
  };
  const killed = await NotifyRelay.open(dir.path, { ...host, listenDatagrams });
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
  equal(relay.ready, true);
  equal(relay.bind, killed.bind);
  equal((await names(dir.path)).length, 1);
  await say(relay, "STATUS=still here");
  equal(relay.status, "still here");
});

Deno.test("what cannot be removed changes no ending", async () => {
  await using dir = await tempDir();
  const relay = await NotifyRelay.open(dir.path, host);
  await Deno.writeTextFile(`${folderOf(relay)}/left`, "");
  await relay[Symbol.asyncDispose]();
  deepEqual((await names(dir.path)).length, 1);
});
