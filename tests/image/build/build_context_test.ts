import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Host } from "../../../src/host/host.ts";
import { BuildContext, BuildContextError } from "../../../src/image/build/build_context.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const FILES = ["Dockerfile", "a.log", "deep/er/a.txt", "deep/b.log", "keep/a.log"];

async function withFiles(ignore: Readonly<Record<string, string>> = {}): Promise<TempDir> {
  const dir = await tempDir();
  for (const file of FILES) await dir.write(`app/${file}`, `this is ${file}\n`);
  for (const [file, text] of Object.entries(ignore)) await dir.write(file, text);
  return dir;
}

/** Unpacks the archive with tar(1), and yields its paths as they were sent; `host` may differ from the real one. */
async function sent(
  dir: TempDir,
  { dockerfile = "app/Dockerfile", host = {} }: { dockerfile?: string; host?: Partial<Host> } = {},
) {
  const plan = {
    context: `${dir.path}/app`,
    dockerfile: `${dir.path}/${dockerfile}`,
    target: undefined,
    args: {},
  };
  const context = await BuildContext.open(plan, { ...denoHost(), ...host });
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of context.tar()) pieces.push(piece as Uint8Array<ArrayBuffer>);
  const archive = await dir.write("a.tar", new Uint8Array(await new Blob(pieces).arrayBuffer()));
  await Deno.mkdir(`${dir.path}/out`);
  const { success, stdout, stderr } = await new Deno.Command("tar", {
    args: ["--extract", "--verbose", "--file", archive, "--directory", `${dir.path}/out`],
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  equal(success, true, new TextDecoder().decode(stderr));
  return { paths: new TextDecoder().decode(stdout).trimEnd().split("\n"), dockerfile: context.dockerfile };
}

Deno.test("BuildContext sends a folder as it is, links as links, without what is no file", async () => {
  await using dir = await withFiles();
  const { path } = dir;
  await Deno.symlink("deep/er", `${path}/app/link`);
  await Deno.chmod(`${path}/app/a.log`, 0o750);
  await dir.write("app/big", new Uint8Array(1_000_000).map((_, index) => index % 251));
  using _socket = Deno.listen({ transport: "unix", path: `${path}/app/socket` });
  const { paths, dockerfile } = await sent(dir);
  equal(dockerfile, "Dockerfile");
  deepEqual(paths, [
    "Dockerfile",
    "a.log",
    "big",
    "deep/",
    "deep/b.log",
    "deep/er/",
    "deep/er/a.txt",
    "keep/",
    "keep/a.log",
    "link",
  ]);
  equal(await Deno.readLink(`${path}/out/link`), "deep/er");
  equal((await Deno.stat(`${path}/out/a.log`)).mode! & 0o777, 0o750);
  equal(await Deno.readTextFile(`${path}/out/deep/er/a.txt`), "this is deep/er/a.txt\n");
  deepEqual(await Deno.readFile(`${path}/out/big`), await Deno.readFile(`${path}/app/big`));
});

Deno.test("BuildContext leaves out what .dockerignore says, but neither that nor the Dockerfile", async () => {
  await using dir = await withFiles({ "app/.dockerignore": "*\n!keep\n**/*.log\n!deep/er/*.txt\n" });
  deepEqual((await sent(dir)).paths, [".dockerignore", "Dockerfile", "deep/er/a.txt", "keep/"]);
});

Deno.test("BuildContext takes the ignore file of the Dockerfile, if it has one, for the folder's", async () => {
  await using dir = await withFiles({
    "app/.dockerignore": "*",
    "app/build/Dockerfile": "FROM x",
    "app/build/Dockerfile.dockerignore": "deep\nbuild\n",
  });
  const { paths, dockerfile } = await sent(dir, { dockerfile: "app/build/Dockerfile" });
  equal(dockerfile, "build/Dockerfile");
  deepEqual(paths, [".dockerignore", "Dockerfile", "a.log", "build/Dockerfile", "keep/", "keep/a.log"]);
});

Deno.test("BuildContext takes along a Dockerfile from elsewhere, under a name that no COPY sees", async () => {
  await using dir = await withFiles({ "other/web.docker": "FROM y", "app/.dockerignore": "deep" });
  const { paths, dockerfile } = await sent(dir, { dockerfile: "other/web.docker" });
  ok(paths.includes(dockerfile) && !paths.includes("deep/"), paths.join(" "));
  equal(await Deno.readTextFile(`${dir.path}/out/${dockerfile}`), "FROM y");
  equal(await Deno.readTextFile(`${dir.path}/out/.dockerignore`), `deep\n${dockerfile}\n`);
  equal(paths.filter((path) => path === ".dockerignore").length, 1);
});

Deno.test("BuildContext does not walk a folder that is left out", async () => {
  await using dir = await withFiles({ "app/.dockerignore": "deep\n!*.md" });
  const listed: string[] = [];
  const listFolder = (folder: string) => {
    listed.push(folder.slice(dir.path.length));
    return denoHost().listFolder(folder);
  };
  await sent(dir, { host: { listFolder } });
  deepEqual(listed, ["/app/", "/app/keep/"]);
});

Deno.test("BuildContext says which file is no good", async (t) => {
  const refusal = (name: string, message: RegExp, host: Partial<Host>, ignore = "") =>
    t.step(name, async () => {
      await using dir = await withFiles({ "app/.dockerignore": ignore });
      await rejects(
        sent(dir, { host }),
        (error) => error instanceof BuildContextError && message.test(error.message),
      );
    });
  const denied = () => Promise.reject(new Error("Permission denied"));
  await refusal("a folder", /^cannot read ".*\/app\/": Permission denied$/, { listFolder: denied });
  await refusal("a file that is cut meanwhile", /\/app\/Dockerfile": it has become shorter meanwhile$/, {
    readPieces: async function* () {},
  });
  await refusal("a pattern", /\/app\/\.dockerignore": the pattern "\[x" has/, {}, "[x");
});

Deno.test("BuildContext sends as much of a growing file as it had", async () => {
  await using dir = await withFiles();
  const readPieces = async function* (path: string) {
    await Deno.writeTextFile(path, "in the same piece\n", { append: true });
    yield* denoHost().readPieces(path);
    yield new TextEncoder().encode("more\n");
  };
  await sent(dir, { host: { readPieces } });
  equal(await Deno.readTextFile(`${dir.path}/out/a.log`), "this is a.log\n");
});
