/** What the tests, and the programs that they run, see of this machine's environment: so that no machine is special. */
import { tempDir } from "./temp_dir.ts";

/** What a unit, or the developer's shell, may have set and the program, or a server of the tests, would heed. */
const HEEDED = [
  /^(NOTIFY_SOCKET|WATCHDOG_.*|JOURNAL_STREAM|INVOCATION_ID)$/,
  /^(CACHE|CONFIGURATION|CREDENTIALS|LOGS|RUNTIME|STATE)_DIRECTORY$/,
  /^(DOCKER|BUILDX|BUILDKIT|REGISTRY|INFLUXDB|XDG_CONFIG)_.*$/,
  /^service_(config|runner_.*)$/,
  /^(NO_COLOR|FORCE_COLOR)$/,
];

const LOOPBACK = "127.0.0.1,localhost";

/** The environment of this process without what the program under test would heed. */
export function inheritedEnvironment(): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => !HEEDED.some((pattern) => pattern.test(name))));
}

/** An environment with an empty home, which goes at the end of the scope. */
export interface OwnEnvironment extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Time zone and language stay those of the machine: what a test says must hold in all of them. */
export async function ownEnvironment(): Promise<OwnEnvironment> {
  const home = await tempDir("service_runner-home-");
  const { HOME = "/root", NO_PROXY, no_proxy: noProxy, ...inherited } = inheritedEnvironment();
  const env = {
    // What Deno has downloaded, and the end-to-end tests have built.
    XDG_CACHE_HOME: `${HOME}/.cache`,
    // How npm gets at its registry.
    "npm_config_userconfig": `${HOME}/.npmrc`,
    ...inherited,
    HOME: home.path,
    // The servers of the tests are all on this machine.
    NO_PROXY: [NO_PROXY, noProxy, LOOPBACK].filter((list) => list).join(","),
  };
  return { env, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}
