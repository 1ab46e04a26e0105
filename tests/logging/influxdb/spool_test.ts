import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Batch } from "../../../src/logging/influxdb/batch.ts";
import { Spool } from "../../../src/logging/influxdb/spool.ts";
import { decodeFrames, encodeFrame } from "../../../src/logging/influxdb/spool_frames.ts";
import { tempDir } from "../../support/temp_dir.ts";

function batch(text: string): Batch {
  return { bytes: new TextEncoder().encode(text), lines: text.split("\n").length - 1 };
}

function texts(batches: readonly Batch[]): string[] {
  return batches.map(({ bytes }) => new TextDecoder().decode(bytes));
}

Deno.test({
  name: "decodeFrames() yields the whole frames of a file that is cut at any byte",
  permissions: "none",
  fn: () => {
    const contents = ["a 1\nb 2\n", "ü 3\n", "last 4\n"];
    const frames = contents.map((content) => encodeFrame(batch(content)));
    const file = new Uint8Array(frames.flatMap((frame) => [...frame]));
    const ends = frames.map((_, index) =>
      frames.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0)
    );
    for (let cut = 0; cut <= file.length; cut++) {
      const { batches, isIntact } = decodeFrames(file.slice(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      deepEqual(texts(batches), contents.slice(0, whole), `cut at ${cut}`);
      deepEqual(batches.map(({ lines }) => lines), [2, 1, 1].slice(0, whole));
      equal(isIntact, cut === 0 || ends.includes(cut), `cut at ${cut}`);
      // A file system may have noted the length of the file, but not have got to write all of it.
      const zeros = new Uint8Array(file.length);
      zeros.set(file.subarray(0, cut));
      deepEqual(texts(decodeFrames(zeros).batches), contents.slice(0, whole), `zeros from ${cut}`);
    }
  },
});

Deno.test({
  name: "decodeFrames() takes nothing that has been changed",
  permissions: "none",
  fn: () => {
    const frame = encodeFrame(batch("some text 1\n"));
    for (let index = 0; index < frame.length; index++) {
      // The count of lines is for the log only.
      if (index >= 4 && index < 8) continue;
      const changed = frame.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      deepEqual(decodeFrames(changed).batches, [], `byte ${index}`);
    }
  },
});

async function openSpool(folder: string, limitBytes = 64 * 1024 * 1024): Promise<Spool> {
  return await Spool.open(folder, { limitBytes, host: denoHost() });
}

async function takeAll(spool: Spool): Promise<string> {
  let all = "";
  for (let taken = await spool.take(); taken !== undefined; taken = await spool.take()) {
    all += new TextDecoder().decode(taken.bytes);
    await spool.removeTaken();
  }
  return all;
}

Deno.test("Spool yields what was put in, in order, also to the next process", async () => {
  await using dir = await tempDir();
  const first = await openSpool(`${dir.path}/spool`);
  const contents = Array.from({ length: 30 }, (_, index) => `${index} ${"x".repeat(40_000)}\n`);
  for (const content of contents.slice(0, 20)) equal(await first.put(batch(content)), 0);
  const second = await openSpool(`${dir.path}/spool`);
  for (const content of contents.slice(20)) equal(await second.put(batch(content)), 0);
  ok(await takeAll(second) === contents.join(""));
  deepEqual(await Array.fromAsync(Deno.readDir(`${dir.path}/spool`)), []);
});

Deno.test("Spool writes on in the last file, so that many short runs leave few files", async () => {
  await using dir = await tempDir();
  for (let run = 0; run < 50; run++) await (await openSpool(dir.path)).put(batch(`${run}\n`));
  equal((await Array.fromAsync(Deno.readDir(dir.path))).length, 1);
  equal(
    await takeAll(await openSpool(dir.path)),
    Array.from({ length: 50 }, (_, run) => `${run}\n`).join(""),
  );
});

Deno.test("Spool loses to a write that was cut off no more than that write", async () => {
  await using dir = await tempDir();
  await (await openSpool(dir.path)).put(batch("before\n"));
  await (await openSpool(dir.path)).put(batch("cut off\n"));
  const file = `${dir.path}/00000001.lines`;
  await Deno.truncate(file, (await Deno.stat(file)).size - 3);
  await (await openSpool(dir.path)).put(batch("after\n"));
  equal(await takeAll(await openSpool(dir.path)), "before\nafter\n");
});

Deno.test("Spool stays within its bound: the oldest goes, but not what is being sent", async () => {
  await using dir = await tempDir();
  const spool = await openSpool(dir.path, 1024 * 1024);
  const line = `${"x".repeat(99)}\n`;
  const content = (name: string) => batch(`${name}\n${line.repeat(4000)}`);
  equal(await spool.put(content("first")), 0);
  equal(await spool.put(content("second")), 0);
  await spool.take();
  equal(await spool.put(content("third")), 4001);
  const sizes = await Promise.all(
    (await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => Deno.stat(`${dir.path}/${name}`)),
  );
  ok(sizes.reduce((sum, { size }) => sum + size, 0) <= 1024 * 1024);
  const names = (await takeAll(spool)).match(/^[a-z]{2,}$/gm)?.filter((name) => !/^x+$/.test(name));
  deepEqual(names, ["first", "third"]);
});

Deno.test("Spool yields what comes behind a file that can not be read, or not be removed", async () => {
  await using dir = await tempDir();
  const first = await openSpool(dir.path, 4 * 1024 * 1024);
  for (const name of ["a", "b", "c"]) await first.put(batch(`${name}${"x".repeat(400_000)}\n`));
  const real = denoHost();
  const host: typeof real = {
    ...real,
    readFile: (path, limit) =>
      path.includes("1.lines")
        ? Promise.resolve({ kind: "error", reason: "bad disk" })
        : real.readFile(path, limit),
    removeFile: (path) =>
      path.includes("2.lines") ? Promise.reject(new Error("read-only")) : real.removeFile(path),
  };
  const spool = await Spool.open(dir.path, { limitBytes: 4 * 1024 * 1024, host });
  await rejects(spool.take(), /bad disk/);
  equal((await spool.take())?.bytes[0], "b".charCodeAt(0));
  await rejects(spool.removeTaken(), /read-only/);
  equal((await spool.take())?.bytes[0], "c".charCodeAt(0));
  await spool.removeTaken();
  equal(await spool.take(), undefined);
  await spool.put(batch("later\n"));
  equal(new TextDecoder().decode((await spool.take())?.bytes), "later\n");
});
