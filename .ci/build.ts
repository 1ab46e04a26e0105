/**
 * `deno task build`: compiles the program into one file.
 *
 *     deno task build                                        dist/service_runner, for this machine
 *     deno task build --no-influx                            dist/service_runner-no_influx, without InfluxDB
 *     deno task build --target aarch64-unknown-linux-gnu     dist/service_runner-aarch64
 *     deno task build --output FILE                          somewhere else
 *     deno task build --compiler PATH                        by another Deno, whose runtime is at hand
 */
import { parseArgs } from "node:util";
import manifest from "../deno.json" with { type: "json" };

const PROJECT = new URL("../", import.meta.url);
const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/**
 * What the program may do. Which files, addresses, variables, programs and libraries it needs stands in the
 * users' configs and in the environment, so that these can not be narrowed down here: the unit's sandbox does that.
 * Left out on purpose: loading code from elsewhere, all knowledge of the system but its name, and prompts.
 * Without --allow-all Deno also keeps /proc, /sys and the disks in /dev to itself.
 */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-run",
  "--allow-ffi",
  "--allow-sys=hostname",
  "--deny-import",
  "--no-prompt",
];

/**
 * With neither config nor lock file: Deno keeps every module and all npm packages of these in memory as long as the
 * program runs, those of the tests included. Without a code cache: a compiled program would write it to /tmp, and
 * trust what it finds there.
 */
export const OPTIONS = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-code-cache",
  "--no-check",
  ...manifest.unstable.map((feature) => `--unstable-${feature}`),
  ...PERMISSIONS,
];

/** What a program without InfluxDB has in place of which module. */
const STUBS = {
  "./src/flavour.ts": "./src/flavour_no_influx.ts",
  "./src/logging/influxdb/open_influxdb.ts": "./src/logging/influxdb/left_out.ts",
};

const NO_RUNTIME = `
Cannot download the runtime that goes into the program (denort) from dl.deno.land.
Get denort-TARGET.zip of exactly this version of Deno (${Deno.version.deno}) where it can be reached, as from
https://github.com/denoland/deno/releases, unpack it, and name the file in DENORT_BIN:

    DENORT_BIN=/path/to/denort deno task build
`;

if (import.meta.main) Deno.exit(await build(Deno.args));

async function build(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "no-influx": { type: "boolean", default: false },
      target: { type: "string" },
      output: { type: "string" },
      compiler: { type: "string", default: Deno.execPath() },
    },
  });
  const { target, "no-influx": noInflux, compiler } = values;
  if (target !== undefined && !TARGETS.includes(target)) {
    say(`Cannot build for "${target}": must be ${TARGETS.join(" or ")}\n`);
    return 1;
  }
  const suffix = (noInflux ? "-no_influx" : "") + (target?.startsWith("aarch64") ? "-aarch64" : "");
  const output = values.output ?? `dist/service_runner${suffix}`;
  const forTarget = target === undefined ? [] : ["--target", target];
  const folder = await Deno.makeTempDir();
  try {
    const bundled = await bundle(folder, noInflux);
    if (bundled !== 0) return bundled;
    return await compile(compiler, [...OPTIONS, ...forTarget, "--output", output, `${folder}/main.js`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The program as a few files of JavaScript, `main.js` and what it loads when it is needed; yields an exit code. */
export async function bundle(folder: string, noInflux: boolean): Promise<number> {
  const args = ["bundle", "--quiet", "--code-splitting", "--outdir", folder];
  if (!noInflux) return (await run(Deno.execPath(), [...args, "main.ts"])).code;
  // Beside deno.json, since the paths in it are relative to it.
  const config = new URL(`.build-${Deno.pid}.json`, PROJECT).pathname;
  const { tasks: _, ...settings } = manifest;
  await Deno.writeTextFile(
    config,
    JSON.stringify({ ...settings, imports: { ...manifest.imports, ...STUBS } }),
  );
  try {
    return (await run(Deno.execPath(), [...args, "--config", config, "main.ts"])).code;
  } finally {
    await Deno.remove(config);
  }
}

async function compile(compiler: string, args: readonly string[]): Promise<number> {
  const { code, text } = await run(compiler, ["compile", ...args]);
  if (code !== 0 && !Deno.env.has("DENORT_BIN") && text.includes("dl.deno.land")) say(NO_RUNTIME);
  return code;
}

async function run(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: PROJECT,
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  say(text);
  return { code, text };
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
