/** The section `page` of the machine-wide config: what is wrong with it, and where the password is. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { checkFile } from "../../src/commands/validate/check_file.ts";
import { findPageConfig } from "../../src/config/runner_config.ts";
import { ConfigError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

interface Given {
  readonly text: string;
  /** More files beside the config. */
  readonly files?: Readonly<Record<string, string>>;
  readonly credential?: string;
}

/** What the page makes of it, and how many problems `validate` finds; a refusal as its text. */
async function load({ text, files = {}, credential }: Given) {
  await using dir = await tempDir();
  for (const [name, content] of Object.entries(files)) await dir.write(name, content);
  const credentials = credential === undefined ? undefined : `${dir.path}/credentials`;
  if (credential !== undefined) await dir.write("credentials/page-password", credential);
  const path = await dir.write("config.yaml", text);
  const env: Readonly<Record<string, string | undefined>> = {
    "service_runner_global_config": path,
    CREDENTIALS_DIRECTORY: credentials,
  };
  const host = { ...denoHost(), env: (name: string) => env[name] };
  const { errors } = await checkFile(path, host);
  const config = await findPageConfig(host).catch((error) => {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(dir.path, "DIR");
  });
  return { config, errors };
}

Deno.test("page is off its guard in nothing by default", async () => {
  const nothing = { logs: false, hosts: [], password: undefined };
  for (const text of ["", "page:\n", "page: {}\n", "influxdb: {location: http://localhost:8086}\n"]) {
    deepEqual((await load({ text })).config, nothing, text);
  }
});

Deno.test("page has logs, names, and a password of a file or of a credential", async () => {
  const text = "page:\n  logs: yes\n  hosts: [status.example, '[::2]']\n  password_file: pass\n";
  const files = { pass: "a: b c\n" };
  deepEqual(await load({ text, files, credential: "other" }), {
    config: { logs: true, hosts: ["status.example", "[::2]"], password: "a: b c" },
    errors: [],
  });
  const { config } = await load({ text: "page: {logs: true}\n", credential: "of-the-credential\n" });
  equal(typeof config === "object" && config.password, "of-the-credential");
});

Deno.test("what is wrong with page is told with its place, by validate and by the page, and no password is in it", async (t) => {
  const cases: Readonly<Record<string, readonly [Given, RegExp]>> = {
    "an unknown key": [
      { text: "page: {log: true}\n" },
      /:1:8: "page\.log" is not known here; did you mean "logs"/,
    ],
    "a host with a port": [
      { text: "page: {hosts: ['a:80']}\n" },
      /"page\.hosts\[0\]" must be the name of a host, without a port/,
    ],
    "a URL for a host": [
      { text: "page: {hosts: ['http://a']}\n" },
      /"page\.hosts\[0\]" must be the name of a host/,
    ],
    "no such file": [
      { text: "page: {password_file: none}\n" },
      /"page\.password_file" names a file that can not be used, "DIR\/none": there is no such file/,
    ],
    "an empty file": [
      { text: "page: {password_file: pass}\n", files: { pass: "\n" } },
      /it must hold a password of ASCII characters/,
    ],
    "a file with other letters": [
      { text: "page: {password_file: pass}\n", files: { pass: "se-crét\n" } },
      /it must hold a password of ASCII characters/,
    ],
  };
  for (const [name, [given, expected]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { config, errors } = await load(given);
      ok(typeof config === "string", "it is taken");
      match(config, expected);
      ok(!config.includes("se-cr"), config);
      equal(errors.length, 1);
    });
  }
});
