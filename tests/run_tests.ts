/**
 * `deno task test`: brings up what the tests need, runs them, takes it down again.
 * Arguments go to `deno test`, e.g. `deno task test tests/plan --filter volume`.
 * The last line is `tests: N passed, M failed`; an ignored test counts as failed.
 */
import { ensurePrograms } from "./support/debian_packages.ts";
import { HOSTS_VARIABLE, removeHosts } from "./support/e2e_hosts.ts";
import { EngineApi } from "./support/engine_api.ts";
import { BASE_IMAGE, buildImage, INFLUXDB_IMAGE, WEB_IMAGE } from "./support/images.ts";
import { ownEnvironment } from "./support/own_environment.ts";
import { provideEngine } from "./support/private_engine.ts";
import { progress } from "./support/progress.ts";
import { startRegistry } from "./support/registry.ts";
import { ENGINE_VARIABLE, REGISTRY_VARIABLE, TEST_IMAGES } from "./support/test_engine.ts";
import { parseSummary, type Summary } from "./support/test_summary.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  // The end-to-end tests boot their hosts themselves, when they need them.
  const hosts = crypto.randomUUID();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => removeHosts(api, hosts));
  await using own = await ownEnvironment();
  return await denoTest(signal, {
    ...own.env,
    [ENGINE_VARIABLE]: engine.socketPath,
    [REGISTRY_VARIABLE]: registry.address,
    [HOSTS_VARIABLE]: hosts,
  });
}

/** Runs `deno test`, passing its output on as it comes. */
async function denoTest(signal: AbortSignal, env: Record<string, string>): Promise<Summary> {
  const colors = Deno.stdout.isTerminal() && Deno.env.get("NO_COLOR") === undefined;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...Deno.args],
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
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    output = (output + decoder.decode(chunk, { stream: true })).slice(-10_000);
    await Deno.stdout.write(chunk);
  }
  const { code } = await child.status;
  signal.removeEventListener("abort", interrupt);
  signal.throwIfAborted();
  return parseSummary(output, code);
}
