/** What leads `docker build` to the engine and to the credentials; that these work, an integration test says. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import { openDockerEnvironment } from "../../../src/image/build/docker_environment.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const account = (user: string) => ({ auth: btoa(`${user}:secret`) });
const ALWAYS = {
  DOCKER_HOST: "unix:///run/x.sock",
  BUILDKIT_PROGRESS: "plain",
  BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
};

/** `env`: `$DIR` stands for the folder. */
async function open(dir: TempDir, env: Readonly<Record<string, string>>) {
  const warnings: string[] = [];
  const context = {
    host: { ...denoHost(), env: (name: string) => env[name]?.replace("$DIR", dir.path) },
    logger: { log: ({ message }: { message: string }) => void warnings.push(message) },
    notifier: { send: () => {} },
    stop: new AbortController().signal,
  };
  return { environment: await openDockerEnvironment("/run/x.sock", context), warnings };
}

Deno.test("openDockerEnvironment() leaves the CLI its own config where that has all credentials", async () => {
  await using dir = await tempDir();
  const file = await dir.write("cli/config.json", JSON.stringify({ auths: { "a.example": account("a") } }));
  const opened = await open(dir, { DOCKER_CONFIG: "$DIR/cli", STATE_DIRECTORY: "$DIR/state:/other" });
  await using environment = opened.environment;
  deepEqual(environment.variables, { ...ALWAYS, BUILDX_CONFIG: `${dir.path}/state/buildx` });
  deepEqual(environment.credentialFiles, [file]);
  const chosen = await open(dir, { STATE_DIRECTORY: "$DIR/state", BUILDX_CONFIG: "/mine" });
  await using other = chosen.environment;
  deepEqual([other.variables, other.credentialFiles], [ALWAYS, []]);
});

Deno.test("openDockerEnvironment() makes one config of several, as long as the build goes on", async () => {
  await using dir = await tempDir();
  await dir.write("auth.json", "broken");
  await dir.write("secrets/docker-config", JSON.stringify({ auths: { "a.example": account("a") } }));
  const own = { auths: { "a.example": account("b") }, proxies: { default: {} }, cliPluginsExtraDirs: ["/x"] };
  await dir.write("home/.docker/config.json", JSON.stringify(own));
  await Deno.mkdir(`${dir.path}/run`);
  const { environment, warnings } = await open(dir, {
    REGISTRY_AUTH_FILE: "$DIR/auth.json",
    CREDENTIALS_DIRECTORY: "$DIR/secrets",
    HOME: "$DIR/home",
    RUNTIME_DIRECTORY: "$DIR/run",
  });
  const { DOCKER_CONFIG: folder = "", ...variables } = environment.variables;
  deepEqual(variables, ALWAYS);
  equal(folder.startsWith(`${dir.path}/run/`), true, folder);
  equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
  deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/config.json`)), {
    auths: { "a.example": { username: "a", password: "secret" } },
    credHelpers: { "a.example": "" },
    credsStore: "",
    proxies: { default: {} },
    cliPluginsExtraDirs: ["/x", `${dir.path}/home/.docker/cli-plugins`],
  });
  deepEqual(environment.credentialFiles, [
    `${dir.path}/secrets/docker-config`,
    `${dir.path}/home/.docker/config.json`,
  ]);
  deepEqual(warnings, [
    `Cannot use the registry credentials of "${dir.path}/auth.json": it must be JSON as "docker login" writes it`,
  ]);
  await environment[Symbol.asyncDispose]();
  await rejects(Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("openDockerEnvironment() says where it can not write the credentials", async () => {
  await using dir = await tempDir();
  await dir.write("secrets/docker-config", JSON.stringify({ credsStore: "box" }));
  await rejects(open(dir, { CREDENTIALS_DIRECTORY: "$DIR/secrets", RUNTIME_DIRECTORY: "$DIR/none" }), {
    name: "HostError",
    message: /^Cannot write the registry credentials for the build: /,
  });
});
