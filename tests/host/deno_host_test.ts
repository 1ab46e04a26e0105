/** Files as the program reads and writes them, in folders that others may write to. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

const host = denoHost();
const NO_FILE = { kind: "error", reason: "it is no regular file" } as const;

Deno.test("readFile() reads files only: a pipe that nobody writes to and a device without end are errors", async () => {
  await using dir = await tempDir();
  const pipe = `${dir.path}/pipe`;
  const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
  equal(success, true);
  deepEqual(await host.readFile(pipe, 1024), NO_FILE);
  deepEqual(await host.readFile("/dev/zero", 1024), NO_FILE);
  deepEqual(await host.readFile("/dev/null", 1024), { kind: "content", bytes: new Uint8Array() });
  deepEqual(await host.readFile(await dir.write("file", "text"), 4), {
    kind: "content",
    bytes: new TextEncoder().encode("text"),
  });
});

// A record stays open for as long as the process lives.
Deno.test("openRecord() writes over a part of a file", { sanitizeResources: false }, async () => {
  await using dir = await tempDir();
  const record = host.openRecord(await dir.write("record", "one two three"));
  record.write("TWO", 4);
  record.write("O");
  equal(await Deno.readTextFile(`${dir.path}/record`), "One TWO three");
});

Deno.test("readOthersFile() reads files only, and waits for nobody who would write to a pipe", async () => {
  await using dir = await tempDir();
  const pipe = `${dir.path}/pipe`;
  equal((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success, true);
  deepEqual(host.readOthersFile(pipe, 1024), NO_FILE);
  deepEqual(host.readOthersFile("/dev/zero", 1024), NO_FILE);
  deepEqual(host.readOthersFile(dir.path, 1024), NO_FILE);
  deepEqual(host.readOthersFile(`${dir.path}/absent`, 1024), { kind: "missing" });
  const file = await dir.write("file", "text");
  deepEqual(host.readOthersFile(file, 4), { kind: "content", bytes: new TextEncoder().encode("text") });
  deepEqual(host.readOthersFile(file, 3), { kind: "error", reason: "it has 4 bytes, at most 3 are allowed" });
  equal(host.readOthersFile("/proc/self/status", 10).kind, "error", "it hides its size");
});

Deno.test("readFile() reads no more than is allowed, also of a file that grows meanwhile or hides its size", async () => {
  await using dir = await tempDir();
  deepEqual(await host.readFile(await dir.write("file", "text"), 3), {
    kind: "error",
    reason: "it has 4 bytes, at most 3 are allowed",
  });
  // Files of the kernel have no size.
  deepEqual(await host.readFile("/proc/self/status", 10), {
    kind: "error",
    reason: "it grows while it is read, beyond the 10 bytes that are allowed",
  });
});

Deno.test("replaceFile() writes through no link, and leaves nothing behind where it can not write", async () => {
  await using dir = await tempDir();
  const others = await dir.write("others", "theirs");
  const path = `${dir.path}/ours`;
  await Deno.symlink(others, path);
  host.replaceFile(path, "ours", { mode: 0o640 });
  equal(await Deno.readTextFile(others), "theirs");
  equal(await Deno.readTextFile(path), "ours");
  const { isSymlink, mode } = await Deno.lstat(path);
  deepEqual([isSymlink, mode! & 0o777], [false, 0o640]);
  throws(() => host.replaceFile(`${dir.path}/absent/file`, ""), Deno.errors.NotFound);
  await Deno.mkdir(`${dir.path}/folder`);
  throws(() => host.replaceFile(`${dir.path}/folder`, ""));
  const names = (await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name);
  deepEqual(names.sort(), ["folder", "others", "ours"]);
});

Deno.test("replaceFile() by root can leave a file to whom its folder belongs to", async () => {
  await using dir = await tempDir();
  const path = await dir.write("of-somebody/memory", "old");
  await Deno.chown(`${dir.path}/of-somebody`, 4711, 4712);
  host.replaceFile(path, "new", { sharesOwner: true });
  const { uid, gid } = await Deno.stat(path);
  deepEqual([uid, gid], [4711, 4712]);
});
