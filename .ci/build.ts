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
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import manifest from "../deno.json" with { type: "json" };

const PROJECT = new URL("../", import.meta.url);
const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
/** The module that all commands but a run begin with. */
const COMMANDS = "src/commands/subcommand";

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
 * Garbage is collected sooner, and by one thread; of machine code there is what the optimizing compilers make, and none
 * of the one before them. That saves a service 1.6 MiB of 17 that idles, 5 of 30 behind a long log, and 80 of 160 with a
 * thousand checks a second; the log takes no more time or CPU.
 */
const V8_FLAGS = "--v8-flags=--optimize-for-size,--single-threaded-gc,--no-sparkplug";

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
  V8_FLAGS,
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
    const embedded = ["--include", folder, "--output", output, `${folder}/main.js`];
    return await compile(compiler, [...OPTIONS, ...forTarget, ...embedded]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The program as a few files of JavaScript, `main.js` and what it loads when it is needed; yields an exit code. */
export async function bundle(folder: string, noInflux: boolean): Promise<number> {
  if (!noInflux) return await bundleInTwo(folder, []);
  // Beside deno.json, since the paths in it are relative to it.
  const config = new URL(`.build-${Deno.pid}.json`, PROJECT).pathname;
  const { tasks: _, ...settings } = manifest;
  await Deno.writeTextFile(
    config,
    JSON.stringify({ ...settings, imports: { ...manifest.imports, ...STUBS } }),
  );
  try {
    return await bundleInTwo(folder, ["--config", config]);
  } finally {
    await Deno.remove(config);
  }
}

/**
 * The commands by themselves, with what they share with a run once more: else that would be in files of its own, dozens
 * of them, and each file that a start loads takes its time.
 */
async function bundleInTwo(folder: string, options: readonly string[]): Promise<number> {
  const args = ["bundle", "--quiet", "--code-splitting", "--minify", "--sourcemap=linked", ...options];
  const { code } = await run(Deno.execPath(), [
    ...args,
    ...["--external", `./${COMMANDS}.ts`],
    ...["--outdir", folder, "main.ts"],
  ]);
  if (code !== 0) return code;
  const commands = await run(Deno.execPath(), [...args, "--outdir", `${folder}/commands`, `${COMMANDS}.ts`]);
  if (commands.code !== 0) return commands.code;
  for (const part of [folder, `${folder}/commands`]) {
    await hideLateImports(part);
    await shortenMaps(part);
  }
  return 0;
}

/**
 * Of what a literal `import("./x.js")` names Deno has the whole text in memory from the start on, whether it is ever
 * loaded or not: 3 MiB of each service.
 */
async function hideLateImports(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || name.endsWith(".map")) continue;
    const text = (await Deno.readTextFile(`${folder}/${name}`))
      .replace(`"./${COMMANDS}.ts"`, `"./commands/subcommand.js"`)
      .replaceAll(/\bimport\(("\.\/[^"\n]+")\)/g, "import(import.meta.resolve($1))");
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/**
 * By its map a backtrace has the lines of the source. Deno has the maps of all that is loaded in memory, so that they are
 * made small: without the source itself, without columns; and with paths that are the same wherever the program is built.
 */
async function shortenMaps(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".map")) continue;
    const { version, sources, mappings } = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    const short = sources.map((source: string) => source.replace(/^.*\/(?=src\/)|^(?!.*\/src\/).*\//, ""));
    const map = { version, sources: short, names: [], mappings: encode(decode(mappings).map(byLine)) };
    await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(map));
  }
}

/** Of the places in a line of the built file the first one of each line of a source. */
function byLine(segments: readonly SourceMapSegment[]): SourceMapSegment[] {
  return segments.flatMap((segment, index): SourceMapSegment[] => {
    const [column, source, line] = segment;
    const before = segments[index - 1];
    if (source === undefined || line === undefined) return [];
    return source === before?.[1] && line === before[2] ? [] : [[column, source, line, 0]];
  });
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
