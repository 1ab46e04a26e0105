/** A real registry on a free port of 127.0.0.1, or of a machine's address; the engines there trust it without TLS. */
import type { EngineApi, RegistryAccount } from "./engine_api.ts";
import { EventLog } from "./event_log.ts";
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import type { Namespaces } from "./namespaces.ts";
import { inheritedEnvironment } from "./own_environment.ts";
import { tempDir } from "./temp_dir.ts";

/** Serves until disposed; what was pushed is gone then. */
export interface Registry extends AsyncDisposable {
  /** Host and port as they stand in an image reference, e.g. `127.0.0.1:40001`. */
  readonly address: string;
  /** Gives the account of a private registry another password, which it yields. */
  changePassword(): Promise<string>;
}

export interface RegistryOptions {
  /** Lets nobody in but those who have an account. */
  readonly isPrivate?: boolean;
  /** A machine in namespaces, in place of this one; its own address, under which others know it. */
  readonly on?: { readonly machine: Namespaces; readonly address: string };
}

const START_TIMEOUT_MS = 20_000;

/** The one that a private registry knows. */
export const ACCOUNT: RegistryAccount = { username: "deployer", password: "S3cret-pass" };
/** Made by htpasswd(1) from the account; bcrypt is all that the registry takes. */
const HTPASSWD = "deployer:$2y$05$abcdefghijklmnopqrstuueRwSg18bpPTK.Dbry8AKt6VaLeQJEpC\n";
/** The same account with its next password. */
const NEXT_PASSWORD = "Other-pass";
const NEXT_HTPASSWD = "deployer:$2y$05$abcdefghijklmnopqrstuusa9XaqiVtxe82jPG0WA7XZsJnZ/RJfK\n";

/** Starts Debian's docker-registry; installs it first if it is missing and that is allowed. */
export async function startRegistry({ isPrivate = false, on }: RegistryOptions = {}): Promise<Registry> {
  await ensurePrograms([{ program: "docker-registry", package: "docker-registry" }]);
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("service_runner-registry-"));
  const auth = isPrivate
    ? `auth:\n  htpasswd:\n    realm: test\n    path: ${await dir.write("htpasswd", HTPASSWD)}\n`
    : "";
  const ip = on?.address ?? "127.0.0.1";
  const config = await dir.write("config.yml", registryConfig({ folder: `${dir.path}/data`, ip }) + auth);
  const serve = [await requireProgram("docker-registry"), "serve", config] as const;
  const [program, ...args] = on === undefined
    ? serve
    : [await requireProgram("nsenter"), on.machine.onlyNetwork, ...serve];
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: inheritedEnvironment(),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // Ctrl-C is for the test run to handle, which then ends this.
    detached: true,
  }).spawn();
  const log = new EventLog<string>("line of docker-registry", (line) => line);
  const reading = readLines(child.stderr, log);
  stack.defer(async () => {
    child.kill("SIGTERM");
    await Promise.all([child.status, reading]);
  });
  const listening = /listening on ([\d.]+:\d+)/;
  const address = listening.exec(await log.next((line) => listening.test(line), START_TIMEOUT_MS))
    ?.[1] as string;
  const owned = stack.move();
  return {
    address,
    async changePassword() {
      await dir.write("htpasswd", NEXT_HTPASSWD);
      return NEXT_PASSWORD;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Copies a local image into the registry; yields the reference to pull it by. */
export async function pushImage(
  engine: EngineApi,
  options: {
    readonly source: string;
    readonly registry: string;
    readonly name: string;
    readonly account?: RegistryAccount;
  },
): Promise<string> {
  const reference = `${options.registry}/${options.name}`;
  await engine.tagImage(options.source, reference);
  await engine.pushImage(reference, options.account);
  await engine.removeImage(reference);
  return reference;
}

/** Port 0: the kernel chooses, the log tells. */
function registryConfig({ folder, ip }: { readonly folder: string; readonly ip: string }): string {
  return `version: 0.1
storage:
  filesystem:
    rootdirectory: ${folder}
http:
  addr: ${ip}:0
log:
  level: info
  accesslog:
    disabled: true
`;
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  log: EventLog<string>,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) log.push(line);
  }
  log.fail(new Error(`The docker-registry ended:\n${log.items.slice(-10).join("\n")}`));
}
