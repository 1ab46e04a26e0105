/** Pulls from a registry that wants to know who we are. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ACCOUNT, pushImage, type Registry, startRegistry } from "../support/registry.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { ServiceExit } from "../support/service_process.ts";
import { TEST_IMAGES, testEngine, withoutMachineWarnings } from "../support/test_engine.ts";

const { username, password } = ACCOUNT;

/** A registry with an image, and a service of that image, which is pulled anew each time. */
class PrivateBed implements AsyncDisposable {
  private constructor(readonly registry: Registry, readonly bed: ServiceBed, readonly image: string) {}

  static async create(): Promise<PrivateBed> {
    const registry = await startRegistry({ isPrivate: true });
    const bed = await ServiceBed.create("private");
    const options = { source: TEST_IMAGES.base, registry: registry.address, name: bed.name };
    const image = await pushImage(testEngine(), { ...options, account: ACCOUNT });
    return new PrivateBed(registry, bed, image);
  }

  /** Runs the service to its end, with files for its user; `$DIR` in the environment is their folder. */
  async run(
    files: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>>,
  ): Promise<ServiceExit> {
    const { bed, image } = this;
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      const path = await bed.dir.write(name, text);
      if (text.startsWith("#!")) await Deno.chmod(path, 0o755);
    }
    const full = Object.entries(env).map(([name, value]) => [name, value.replace("$DIR", bed.dir.path)]);
    const service = await bed.run(
      { image, pull: "always", service_args: ["echo", "it runs"] },
      { env: Object.fromEntries(full) },
    );
    const exit = await service.exit();
    ok(!(exit.stdout + exit.stderr).includes(password), "the password is in the log");
    ok(!exit.stdout.includes(btoa(`${username}:${password}`)), "the password is in the log, in base64");
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed[Symbol.asyncDispose]();
    await this.bed.engine.removeImage(this.image);
    await this.registry[Symbol.asyncDispose]();
  }
}

const auths = (registry: string, pair = `${username}:${password}`) => ({
  auths: { [registry]: { auth: btoa(pair) } },
});

/** A helper that is asked for this registry only, and knows the account; logs its arguments to $DIR/asked. */
const helper = (registry: string) =>
  `#!/bin/sh
read -r address
echo "$1 $address" >>"$(dirname "$0")/asked"
[ "$address" = "${registry}" ] || { echo "credentials not found in native keychain"; exit 1; }
echo '{"ServerURL":"'"$address"'","Username":"${username}","Secret":"${password}"}'
`;

Deno.test("a private registry: credentials are found in each of the places", async (t) => {
  await using site = await PrivateBed.create();
  const { address } = site.registry;
  const good = auths(address);
  const places: readonly { name: string; files: Record<string, unknown>; env: Record<string, string> }[] = [
    {
      name: "~/.docker/config.json",
      files: { "home/.docker/config.json": good },
      env: { HOME: "$DIR/home", DENO_DIR: await denoDir() },
    },
    { name: "DOCKER_CONFIG", files: { "cli/config.json": good }, env: { DOCKER_CONFIG: "$DIR/cli" } },
    {
      name: "REGISTRY_AUTH_FILE",
      files: { "auth.json": good },
      env: { REGISTRY_AUTH_FILE: "$DIR/auth.json" },
    },
    {
      name: "a systemd credential",
      files: { "credentials/docker-config": good },
      env: { CREDENTIALS_DIRECTORY: "$DIR/credentials" },
    },
    {
      name: "the second file, where the first does not know the registry",
      files: { "auth.json": auths("elsewhere.example"), "cli/config.json": good },
      env: { REGISTRY_AUTH_FILE: "$DIR/auth.json", DOCKER_CONFIG: "$DIR/cli" },
    },
    {
      name: "a helper for all registries",
      files: { "bin/docker-credential-box": helper(address), "store/config.json": { credsStore: "box" } },
      env: { DOCKER_CONFIG: "$DIR/store", PATH: `$DIR/bin:${Deno.env.get("PATH")}` },
    },
    {
      name: "a helper for this registry",
      files: {
        "bin/docker-credential-box": helper(address),
        "own/config.json": { credHelpers: { [address]: "box" }, credsStore: "missing" },
      },
      env: { DOCKER_CONFIG: "$DIR/own", PATH: `$DIR/bin:${Deno.env.get("PATH")}` },
    },
  ];
  for (const { name, files, env } of places) {
    await t.step(name, async () => {
      const { code, records } = await site.run(files, env);
      equal(code, 0, records.map(({ message }) => message).join("\n"));
      ok(records.some(({ source, message }) => source === "docker_logs.stdout" && message === "it runs"));
      const warnings = (await withoutMachineWarnings(records))
        .filter(({ severity, source }) => severity === "warn" && source === "docker");
      deepEqual(warnings, []);
      await site.bed.engine.removeImage(site.image);
    });
  }
  await t.step("the helper is asked as the protocol says", async () => {
    equal(await Deno.readTextFile(`${site.bed.dir.path}/bin/asked`), `get ${address}\n`.repeat(2));
  });
});

Deno.test("a private registry: without good credentials the start fails and says why", async (t) => {
  await using site = await PrivateBed.create();
  const { address } = site.registry;
  const failing = async (files: Record<string, unknown>) => {
    const { code, records } = await site.run(files, {
      DOCKER_CONFIG: "$DIR/cli",
      PATH: `$DIR/bin:${Deno.env.get("PATH")}`,
    });
    equal(code, 70);
    const warnings = records.filter(({ severity, source }) => severity === "warn" && source === "docker");
    const fatal = records.find(({ severity }) => severity === "fatal")?.message ?? "";
    match(
      fatal,
      /^Cannot pull the image "[^"]+": .*(authentication|authorization|unauthorized|credentials)/i,
    );
    return warnings.map(({ message }) => message.replace(site.bed.dir.path, "$DIR")).join("\n");
  };
  const prefix = 'Cannot use the registry credentials of "$DIR/cli/config.json": ';

  await t.step("none at all", async () => equal(await failing({}), ""));
  await t.step("a wrong password", async () => {
    equal(await failing({ "cli/config.json": auths(address, `${username}:wrong`) }), "");
  });
  await t.step("a file that is broken", async () => {
    const warning = `${prefix}it must be JSON as "docker login" writes it`;
    equal(await failing({ "cli/config.json": `{"auths": {"x": "${password}` }), warning);
  });
  await t.step("an entry that is broken", async () => {
    const config = { auths: { [address]: { auth: btoa(password) } } };
    const warning = `${prefix}its entry for "${address}" is not as "docker login" writes it`;
    equal(await failing({ "cli/config.json": config }), warning);
  });
  await t.step("a helper that is not there", async () => {
    const warning = await failing({ "cli/config.json": { credsStore: "none-such" } });
    ok(warning.startsWith(`${prefix}docker-credential-none-such: `), warning);
  });
  await t.step("a helper that fails", async () => {
    const program = `#!/bin/sh\necho 'the key ring is locked'\nexit 3\n`;
    const warning = await failing({
      "cli/config.json": { credsStore: "locked" },
      "bin/docker-credential-locked": program,
    });
    equal(warning, `${prefix}docker-credential-locked: it ended with exit code 3: the key ring is locked`);
  });
  await t.step("a helper that tells the secret and fails", async () => {
    const program = `#!/bin/sh\necho '{"Username":"x","Secret":"${password}"}'\nexit 1\n`;
    const warning = await failing({
      "cli/config.json": { credsStore: "leaky" },
      "bin/docker-credential-leaky": program,
    });
    equal(warning, `${prefix}docker-credential-leaky: it ended with exit code 1`);
  });
});

/** Where Deno keeps what it has downloaded, also for a program with another home. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
