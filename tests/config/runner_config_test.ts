import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { findRunnerConfig, loadRunnerConfig, runnerConfigPaths } from "../../src/config/runner_config.ts";
import { ConfigError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { Host } from "../../src/host/host.ts";
import { tempDir } from "../support/temp_dir.ts";

function hostWith(env: Readonly<Record<string, string>>): Host {
  const { readFile, ...host } = denoHost();
  return {
    ...host,
    env: (name) => env[name],
    hostname: () => "machine",
    // What this machine itself has is not asked for.
    readFile: (path, limitBytes) =>
      path.startsWith("/etc/") ? Promise.resolve({ kind: "missing" }) : readFile(path, limitBytes),
  };
}

async function load(text: string, env: Readonly<Record<string, string>> = {}) {
  await using dir = await tempDir();
  const file = await dir.write("config.yaml", text);
  await dir.write("token", "of-the-file\n");
  await dir.write("credentials/influxdb-token", "of-systemd\n");
  const all = { "service_runner_global_config": file, CREDENTIALS_DIRECTORY: `${dir.path}/none`, ...env };
  const host = hostWith({
    ...all,
    CREDENTIALS_DIRECTORY: all.CREDENTIALS_DIRECTORY.replace("DIR", dir.path),
  });
  try {
    return await findRunnerConfig(host);
  } catch (error) {
    ok(error instanceof ConfigError, String(error));
    throw new Error(error.message.replaceAll(dir.path, "DIR"));
  }
}

async function refusal(text: string): Promise<string> {
  let message = "";
  await rejects(load(text), (error: Error) => {
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("findRunnerConfig() fills in the defaults", async () => {
  const found = await load("influxdb: {location: http://localhost:8086/}\n");
  deepEqual(found?.influxdb, {
    location: "http://localhost:8086",
    token: undefined,
    org: "machine",
    bucket: "monitoring",
    spoolLimitBytes: 64 * 1024 * 1024,
  });
});

Deno.test("findRunnerConfig() takes a location with a path, https, and the token from three places", async () => {
  const location = "https://[::1]:8086/some/prefix/";
  const config = (more: string) => `influxdb:\n  location: "${location}"\n  org: o\n  bucket: b\n${more}`;
  const credentials = { CREDENTIALS_DIRECTORY: "DIR/credentials" };
  const plain = (await load(config("  token: 123\n  spool_limit: 2M\n"), credentials))?.influxdb;
  deepEqual(plain, {
    location: "https://[::1]:8086/some/prefix",
    token: "123",
    org: "o",
    bucket: "b",
    spoolLimitBytes: 2 * 1024 * 1024,
  });
  equal((await load(config("  token_file: token\n"), credentials))?.influxdb?.token, "of-the-file");
  equal((await load(config(""), credentials))?.influxdb?.token, "of-systemd");
  equal((await load(config("")))?.influxdb?.token, undefined);
});

Deno.test("no file, an empty one and one without InfluxDB mean that there is none", async () => {
  equal(await load("", { "service_runner_global_config": "/does/not/exist" }), undefined);
  for (const text of ["", "# nothing\n", "influxdb:\n", "{}"]) {
    equal((await load(text))?.influxdb, undefined, JSON.stringify(text));
  }
});

Deno.test("runnerConfigPaths() lists the places in their order", () => {
  deepEqual(runnerConfigPaths(hostWith({ "service_runner_global_config": "/a" })), ["/a"]);
  const xdg = { HOME: "/home/me", XDG_CONFIG_HOME: "/own", XDG_CONFIG_DIRS: "/x:relative:/y" };
  const inFolder = (folder: string) => [`${folder}/config.yaml`, `${folder}/global_config.yaml`];
  deepEqual(
    runnerConfigPaths(hostWith(xdg)),
    ["/etc/service_runner", "/own/service_runner", "/x/service_runner", "/y/service_runner"].flatMap(
      inFolder,
    ),
  );
  deepEqual(
    runnerConfigPaths(hostWith({ HOME: "/home/me" })),
    ["/etc/service_runner", "/home/me/.config/service_runner", "/etc/xdg/service_runner"].flatMap(inFolder),
  );
});

Deno.test("the first file that is there counts, also the original's", async () => {
  await using dir = await tempDir();
  const env = { XDG_CONFIG_HOME: `${dir.path}/a`, XDG_CONFIG_DIRS: `${dir.path}/b` };
  const write = (path: string, bucket: string) =>
    dir.write(
      `${path}/service_runner/${path === "b" ? "config" : "global_config"}.yaml`,
      `influxdb:
  location: http://localhost:8086
  bucket: ${bucket}
`,
    );
  await write("b", "second");
  equal((await findRunnerConfig(hostWith(env)))?.influxdb?.bucket, "second");
  await write("a", "first");
  equal((await findRunnerConfig(hostWith(env)))?.influxdb?.bucket, "first");
});

Deno.test("what is wrong is shown at its place, all of it", async () => {
  equal(
    await refusal("influxdb:\n  locatoin: http://x\n  spool_limit: much\n"),
    `Cannot load config "DIR/config.yaml":
DIR/config.yaml:2:3: "influxdb.locatoin" is not known here; did you mean "location"?
  1 | influxdb:
  2 |   locatoin: ********
    |   ^^^^^^^^
DIR/config.yaml:3:16: "influxdb.spool_limit" must be a size such as 500k, 64m or 2g, got "much"
  1 | influxdb:
  2 |   locatoin: ********
  3 |   spool_limit: much
    |                ^^^^`,
  );
});

Deno.test("a location that is no plain URL of a server is refused", async (t) => {
  const locations = [
    "localhost:8086",
    "ftp://x",
    "http://",
    "http://x?db=1",
    "http://x#y",
    "http://u:p@x",
    "",
  ];
  for (const location of locations) {
    await t.step(location, async () => {
      const message = await refusal(`influxdb: {location: "${location}"}`);
      ok(/:1:23: "influxdb.location" must be like http:\/\/localhost:8086/.test(message), message);
      ok(!message.includes("u:p"));
    });
  }
});

Deno.test("a token is not shown, wherever the problem is", async (t) => {
  const texts = [
    "influxdb:\n  token: se-cret\n  location: x\n",
    "influxdb:\n  token: 'se-cret, x'\n  location: x\n",
    'influxdb: {token: "a, se-cret}", location: x}\n',
    "influxdb:\n  tokken: se-cret\n",
    "influxdb:\n  token: |\n    se-cret\n  location: x\n",
    "influxdb:\n  token: &t se-cret\n  location: x\n  bucket: *t\n",
    "influxdb:\n  token: se-cret\n bucket: [\n",
    "influxdb:\n  token: se-cret\n  location: http://me:se-cret@host\n",
    "influxdb:\n  token:se-cret\n  location: x\n",
    "influxdb:\n  - token: se-cret\n    location: x\n",
    "influxdb:\n  token: [se-cret]\n  location: x\n",
    "influxdb:\n  token: {a: se-cret}\n  location: x\n",
    "influxdb:\n  token:\n    se-cret\n  location: x\n",
    "influxdb:\n  token:\n    - se-cret\n  location: x\n",
    'influxdb:\n  token: "abc\n    se-cret"\n  location: x\n',
    "influxdb:\n  # token: se-cret\n  location: x\n",
    "influxdb:\n  to.ken: se-cret\n  location: x\n",
    "influxdb: se-cret\n",
    "influxdb: [se-cret]\n",
    "influxdb: {token:se-cret, location: x}\n",
    "influxdb:\n  token: *se-cret\n  location: x\n",
    "influxdb:\n  token: !se-cret x\n  location: x\n",
    "influxdb:\n  token: se-cret: x\n  location: x\n",
    'influxdb:\n  token: "se-cret\n  location: x\n',
    "influxdb:\n  token: 'se-cret'x\n  location: x\n",
    "influxdb:\n  ? token\n  : se-cret\n  location: x\n",
    "influxdb:\n  location: http://localhost:8086/?token=se-cret\n",
    "influxdb:\n  location: http://u:se-cret@h\n",
    "influxdb:\n  location: u:se-cret@h\n",
    "influxdb:\n  location: x\n  token: se-cret\n  token_file: a\n",
    "influxdb:\n  location: x\n  env: se-cret\n",
    "influxdb:\n\ttoken: se-cret\n  location: x\n",
    "influxdb:\n  location: x\n  token: >-\n    se-cret\n    se-cret\n",
    'influxdb: {location: x, "token": "a}se-cret"}\n',
  ];
  for (const text of texts) {
    await t.step(JSON.stringify(text), async () => {
      const message = await refusal(text);
      ok(/:\d+:\d+: /.test(message), message);
      ok(!message.includes("se-cret"), message);
    });
  }
});

Deno.test("a token is not shown of a file that is no UTF-8", async () => {
  await using dir = await tempDir();
  const file = await dir.write("config.yaml", "");
  const bytes = new TextEncoder().encode("influxdb:\n  token: se-cret\n  org: ?\n");
  bytes[bytes.indexOf("?".charCodeAt(0))] = 0xfc;
  await Deno.writeFile(file, bytes);
  const host = hostWith({ "service_runner_global_config": file });
  for (const load of [() => findRunnerConfig(host), () => loadRunnerConfig(file, hostWith({}))]) {
    await rejects(
      load,
      (error: Error) => /:3:8: .*0xFC/.test(error.message) && !/se-cret/.test(error.message),
    );
  }
});

Deno.test("a token file that can not be used is an error at its key", async () => {
  const message = await refusal("influxdb:\n  location: http://x\n  token_file: nowhere\n");
  ok(
    message.includes('DIR/config.yaml:3:15: "influxdb.token_file" names a file that can not be used'),
    message,
  );
  ok(message.includes("there is no such file"), message);
  const both = await refusal("influxdb: {location: http://x, token: a, token_file: b}\n");
  ok(both.includes('"influxdb.token_file" must not be given beside "token"'), both);
});

Deno.test("loadRunnerConfig() tells a machine-wide config from one of a service", async () => {
  await using dir = await tempDir();
  const host = hostWith({ XDG_CONFIG_HOME: `${dir.path}/xdg` });
  const load = async (name: string, text: string) =>
    await loadRunnerConfig(await dir.write(name, text), host);
  ok(await load("a.yaml", "influxdb: {location: http://x}\n") !== undefined);
  ok(await load("b.yaml", '{"influxdb": {"location": "http://x"}}') !== undefined);
  equal(await load("c.yaml", "name: influxdb\nimage: influxdb\n"), undefined);
  equal(await load("d.yaml", "name: influxdb\ninfluxdb: {}\n"), undefined);
  await rejects(load("e.yaml", "token: a\nlocation: http://x\n"), /"token" .* it belongs under "influxdb"/);
  await rejects(load("f.yaml", "infuxdb:\n  token: a\n"), /did you mean "influxdb"/);
  await rejects(load("xdg/service_runner/config.yaml", "infuxdb: {}\n"), /did you mean "influxdb"/);
});
