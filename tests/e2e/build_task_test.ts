/** `deno task build`: what it makes, and what it says where it can not build. */
import { equal, match } from "node:assert/strict";
import { tempDir } from "../support/temp_dir.ts";
import { pageCommands } from "../support/pages.ts";
import { compile, compiledProgram } from "./support/compiled_program.ts";
import { programOutput } from "./support/program_output.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;

async function build(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { DENORT_BIN: _, ...inherited } = Deno.env.toObject();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", ".ci/build.ts", ...args],
    cwd: PROJECT,
    clearEnv: true,
    env: { ...inherited, ...env, NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("the page's commands build the program, and install what was built", async () => {
  const commands = await pageCommands(".github/docs/install.md", "Building it yourself");
  const [build, install = "", ...rest] = commands.trimEnd().split("\n");
  equal(build, `npx --yes deno@${Deno.version.deno} task build`);
  equal(rest.length, 0);
  await compile([]);
  const [program = "", ...words] = install.split(" ");
  // Only what it would do: this machine is not one of the tests.
  const steps = await programOutput(PROJECT + program, [...words, "--dry-run"]);
  match(steps, /^\+ install .*\/usr\/local\/bin\/service_runner$/m);
});

Deno.test("deno task build without the runtime says what to do about it", async () => {
  await using dir = await tempDir();
  // All that a build downloads, but for runtimes; and no way to more.
  await compiledProgram();
  const cache = await denoDir();
  await Deno.symlink(`${cache}/npm`, `${dir.path}/npm`);
  await Deno.mkdir(`${dir.path}/dl`);
  for await (const { name } of Deno.readDir(`${cache}/dl`)) {
    if (name.startsWith("esbuild")) await Deno.symlink(`${cache}/dl/${name}`, `${dir.path}/dl/${name}`);
  }
  const env = { HTTPS_PROXY: "http://127.0.0.1:9", DENO_DIR: dir.path };
  const { code, stderr } = await build(["--output", `${dir.path}/out`], env);
  equal(code, 1, stderr);
  match(stderr, /exactly this version of Deno \(\d+\.\d+\.\d+\)/);
  match(stderr, /^ {4}DENORT_BIN=\S+ deno task build$/m);
});

Deno.test("deno task build refuses a machine that it does not know", async () => {
  const { code, stderr } = await build(["--target", "riscv64gc-unknown-linux-gnu"]);
  equal(code, 1);
  match(stderr, /^Cannot build for "riscv64gc-unknown-linux-gnu": must be x86_64-\S+ or aarch64-\S+$/m);
});
