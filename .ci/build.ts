/**
 * `deno task build`: compiles the program into one file.
 *
 *     deno task build                                        dist/service_runner, for this machine
 *     deno task build --target aarch64-unknown-linux-gnu     dist/service_runner-aarch64
 *     deno task build --output FILE                          somewhere else
 */
import { parseArgs } from "node:util";

const PROJECT = new URL("../", import.meta.url).pathname;
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

/** A compiled program would write its code cache to /tmp, and trust what it finds there. */
const OPTIONS = ["--quiet", "--frozen", "--no-code-cache", ...PERMISSIONS];

const NO_RUNTIME = `Cannot download the runtime that goes into the program (denort) from dl.deno.land.
Get denort-TARGET.zip of exactly this version of Deno (${Deno.version.deno}) where it can be reached, as from
https://github.com/denoland/deno/releases, unpack it, and name the file in DENORT_BIN:

    DENORT_BIN=/path/to/denort deno task build
`;

if (import.meta.main) Deno.exit(await build(Deno.args));

async function build(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { target: { type: "string" }, output: { type: "string" } },
  });
  const { target } = values;
  if (target !== undefined && !TARGETS.includes(target)) {
    return fail(`Cannot build for "${target}": must be ${TARGETS.join(" or ")}\n`);
  }
  const suffix = target?.startsWith("aarch64") ? "-aarch64" : "";
  const output = values.output ?? `${PROJECT}dist/service_runner${suffix}`;
  const forTarget = target === undefined ? [] : ["--target", target];
  const { success, code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", ...OPTIONS, ...forTarget, "--output", output, "main.ts"],
    cwd: PROJECT,
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).output();
  Deno.stderr.writeSync(stderr);
  if (success) return 0;
  const failedDownload = /dl\.deno\.land|client error \(Connect\)|error sending request/;
  if (!Deno.env.has("DENORT_BIN") && failedDownload.test(new TextDecoder().decode(stderr))) {
    return fail(`\n${NO_RUNTIME}`);
  }
  return code;
}

function fail(message: string): number {
  Deno.stderr.writeSync(new TextEncoder().encode(message));
  return 1;
}
