/**
 * `deno task test`: brings up what the tests need, runs them, takes it down again.
 * Arguments go to `deno test`, e.g. `deno task test tests/plan --filter volume`; without any, several of it run side by
 * side, each with a part of the tests.
 * The last line is `tests: N passed, M failed`; an ignored test counts as failed.
 */
import { ensurePrograms } from "./support/debian_packages.ts";
import { HOSTS_VARIABLE, removeHosts } from "./support/e2e_hosts.ts";
import { EngineApi } from "./support/engine_api.ts";
import { BASE_IMAGE, buildImage, INFLUXDB_IMAGE, WEB_IMAGE } from "./support/images.ts";
import { OutputPieces } from "./support/output_pieces.ts";
import { ownEnvironment } from "./support/own_environment.ts";
import { provideEngine } from "./support/private_engine.ts";
import { progress } from "./support/progress.ts";
import { startRegistry } from "./support/registry.ts";
import { ENGINE_VARIABLE, REGISTRY_VARIABLE, TEST_IMAGES } from "./support/test_engine.ts";
import { parseSummary, type Summary } from "./support/test_summary.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Arguments of `deno test`, run side by side, as tests wait for most of their time; those of a part take turns. Together
 * they are all tests.
 */
const PARTS = [["tests/e2e"], ["tests/cluster"], ["--ignore=tests/e2e,tests/cluster"]];

if (import.meta.main) Deno.exit(await main());

/** Runs everything; yields the exit code. */
async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => stop.abort(new Error(`Ended by ${signal}`)));
  }
  let summary: Summary = { passed: 0, failed: 1 };
  try {
    summary = await testWithEngine(stop.signal);
  } catch (error) {
    progress(messageOf(error));
  }
  const { passed, failed } = summary;
  Deno.stdout.writeSync(new TextEncoder().encode(`tests: ${passed} passed, ${failed} failed\n`));
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** Also of what went wrong first, where the cleaning up went wrong as well. */
function messageOf(error: unknown): string {
  if (!(error instanceof SuppressedError)) return (error as Error).message;
  return `${messageOf(error.suppressed)}\n${messageOf(error.error)}`;
}

async function testWithEngine(signal: AbortSignal): Promise<Summary> {
  await using engine = await provideEngine();
  signal.throwIfAborted();
  // Where the package of the engine does not bring it, the command line is one of its own.
  await ensurePrograms([{ program: "jq", package: "jq" }, { program: "docker", package: "docker-cli" }]);
  await using registry = await startRegistry();
  signal.throwIfAborted();
  const api = new EngineApi(engine.socketPath);
  await buildImage(api, TEST_IMAGES.base, BASE_IMAGE);
  await buildImage(api, TEST_IMAGES.web, WEB_IMAGE);
  await buildImage(api, TEST_IMAGES.influxdb, INFLUXDB_IMAGE);
  signal.throwIfAborted();
  const env = { [ENGINE_VARIABLE]: engine.socketPath, [REGISTRY_VARIABLE]: registry.address };
  return await testParts(Deno.args.length === 0 ? PARTS : [Deno.args], { api, env, signal });
}

interface TestBed {
  readonly api: EngineApi;
  /** Tells the tests what there is for them. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Runs them side by side. What each of them prints last, such as what has failed, stands together at the end. */
async function testParts(parts: readonly (readonly string[])[], bed: TestBed): Promise<Summary> {
  const outputs = parts.map(() => new OutputPieces(print));
  const runs = parts.map((args, index) =>
    testPart(args, bed, parts.length === 1 ? print : (text) => outputs[index]?.push(text))
  );
  const results = await Promise.allSettled(runs);
  for (const output of outputs) output.end();
  const sum = { passed: 0, failed: 0 };
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
    sum.passed += result.value.passed;
    sum.failed += result.value.failed;
  }
  return sum;
}

async function testPart(
  args: readonly string[],
  { api, env, signal }: TestBed,
  write: (text: string) => void,
): Promise<Summary> {
  // The end-to-end tests boot their hosts themselves, when they need them.
  const hosts = crypto.randomUUID();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => removeHosts(api, hosts));
  await using own = await ownEnvironment();
  return await denoTest(args, { ...own.env, ...env, [HOSTS_VARIABLE]: hosts }, signal, write);
}

/** Runs `deno test`, passing its output on as it comes. */
async function denoTest(
  args: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
  write: (text: string) => void,
): Promise<Summary> {
  const colors = Deno.stdout.isTerminal() && Deno.env.get("NO_COLOR") === undefined;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...args],
    clearEnv: true,
    env: colors ? { ...env, FORCE_COLOR: "1" } : env,
    stdin: "null",
    stdout: "piped",
    // A group of its own: the signal below then reaches the programs under test as well.
    detached: true,
  }).spawn();
  const interrupt = () => Deno.kill(-child.pid, "SIGINT");
  signal.addEventListener("abort", interrupt);
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output = (output + text).slice(-10_000);
    write(text);
  }
  const { code } = await child.status;
  signal.removeEventListener("abort", interrupt);
  signal.throwIfAborted();
  return parseSummary(output, code);
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}
