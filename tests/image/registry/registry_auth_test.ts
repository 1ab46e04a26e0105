/** Where credentials are looked for, and what is said of files and helpers that can not be used. */
import { deepEqual } from "node:assert/strict";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Host } from "../../../src/host/host.ts";
import { findRegistryAuth } from "../../../src/image/registry/registry_auth.ts";
import { tempDir } from "../../support/temp_dir.ts";

const REPOSITORY = "reg.example/a/b";
const KEY = "reg.example";
const GOOD = JSON.stringify({ auths: { [KEY]: { auth: btoa("me:secret") } } });
const HELPED = JSON.stringify({ credsStore: "box" });
const ACCOUNT = { username: "me", password: "secret", serveraddress: KEY };
const CLI = "$DIR/cli/config.json";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the program `docker-credential-box` does. */
  readonly helper?: string;
  readonly found?: Record<string, string>;
  readonly file?: string;
  readonly warnings?: readonly string[];
}

const CASES: readonly Case[] = [
  { name: "nowhere", files: {} },
  { name: "DOCKER_CONFIG", files: { "cli/config.json": GOOD }, found: ACCOUNT, file: CLI },
  {
    name: "the home folder",
    files: { "home/.docker/config.json": GOOD },
    env: { HOME: "$DIR/home" },
    found: ACCOUNT,
    file: "$DIR/home/.docker/config.json",
  },
  {
    name: "a named file comes first, then systemd's credential",
    files: { "auth.json": "{}", "credentials/docker-config": GOOD, "cli/config.json": "not read" },
    env: { REGISTRY_AUTH_FILE: "$DIR/auth.json", CREDENTIALS_DIRECTORY: "$DIR/credentials" },
    found: ACCOUNT,
    file: "$DIR/credentials/docker-config",
  },
  {
    name: "a named file that is not there is told, others are looked at",
    files: { "cli/config.json": GOOD },
    env: { REGISTRY_AUTH_FILE: "$DIR/auth.json", CREDENTIALS_DIRECTORY: "$DIR/credentials" },
    found: ACCOUNT,
    file: CLI,
    warnings: ['of "$DIR/auth.json": there is no such file'],
  },
  {
    name: "a file that is none",
    files: { "cli/config.json": "secret" },
    warnings: [`of "${CLI}": it must be JSON as "docker login" writes it`],
  },
  {
    name: "an entry that is none",
    files: { "cli/config.json": JSON.stringify({ auths: { [KEY]: { auth: "secret" } } }) },
    warnings: [`of "${CLI}": its entry for "reg.example" is not as "docker login" writes it`],
  },
  {
    name: "a helper",
    files: { "cli/config.json": HELPED },
    helper: `[ "$1 $(cat)" = "get ${KEY}" ] && echo '{"Username":"me","Secret":"secret"}'`,
    found: ACCOUNT,
    file: CLI,
  },
  {
    name: "a helper's identity token",
    files: { "cli/config.json": HELPED },
    helper: `echo '{"Username":"<token>","Secret":"secret"}'`,
    found: { identitytoken: "secret", serveraddress: KEY },
    file: CLI,
  },
  {
    name: "a helper that has none",
    files: { "cli/config.json": HELPED },
    helper: "echo credentials not found in native keychain; exit 1",
  },
  {
    name: "a helper that fails",
    files: { "cli/config.json": HELPED },
    helper: "echo no key ring >&2; exit 3",
    warnings: [`of "${CLI}": docker-credential-box: it ended with exit code 3: no key ring`],
  },
  {
    name: "a helper that fails after it has written a secret",
    files: { "cli/config.json": HELPED },
    helper: `echo '{"Username":"me","Secret":"secret"}'; exit 3`,
    warnings: [`of "${CLI}": docker-credential-box: it ended with exit code 3`],
  },
  {
    name: "a helper that fails, with its reason on stdout",
    files: { "cli/config.json": HELPED },
    helper: "echo locked; exit 1",
    warnings: [`of "${CLI}": docker-credential-box: it ended with exit code 1: locked`],
  },
  {
    name: "a helper whose answer is none",
    files: { "cli/config.json": HELPED },
    helper: "echo secret",
    warnings: [`of "${CLI}": docker-credential-box: its answer is not JSON with Username and Secret`],
  },
  {
    name: "a helper that writes without end",
    files: { "cli/config.json": HELPED },
    helper: "yes",
    warnings: [`of "${CLI}": docker-credential-box: it wrote more than 1048576 bytes`],
  },
];

async function find({ files, env = {}, helper }: Case) {
  await using dir = await tempDir();
  const inDir = (text: string) => text.replaceAll("$DIR", dir.path);
  const outOfDir = (text: string) => text.replaceAll(dir.path, "$DIR");
  for (const [path, text] of Object.entries(files)) await dir.write(path, text);
  if (helper !== undefined) {
    await Deno.chmod(await dir.write("docker-credential-box", `#!/bin/sh\n${helper}\n`), 0o755);
  }
  const variables: Record<string, string> = { DOCKER_CONFIG: env.HOME ? "" : "$DIR/cli", ...env };
  const real = denoHost();
  const host: Host = {
    ...real,
    env: (name) => variables[name] && inDir(variables[name]),
    // As if the folder were in PATH.
    runProcess: ({ argv: [program = "", ...args], ...request }) =>
      real.runProcess({ ...request, argv: [`${dir.path}/${program}`, ...args] }),
  };
  const warnings: string[] = [];
  const prefix = "Cannot use the registry credentials ";
  const auth = await findRegistryAuth(REPOSITORY, {
    host,
    logger: { log: ({ message }) => warnings.push(outOfDir(message.replace(prefix, ""))) },
    stop: new AbortController().signal,
  });
  const found = auth && JSON.parse(atob(auth.header.replaceAll("-", "+").replaceAll("_", "/")));
  return { found, file: auth && outOfDir(auth.file), warnings };
}

Deno.test("findRegistryAuth() finds credentials, or says what is wrong and nothing of a secret", async (t) => {
  for (const each of CASES) {
    await t.step(each.name, async () => {
      const { found, file, warnings = [] } = each;
      deepEqual(await find(each), { found, file, warnings });
    });
  }
});
