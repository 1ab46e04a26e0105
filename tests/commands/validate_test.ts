import { deepEqual, equal, match, ok } from "node:assert/strict";
import { validate } from "../../src/commands/validate.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { denoTerminal } from "../../src/host/deno_terminal.ts";
import { tempDir } from "../support/temp_dir.ts";

interface Options {
  readonly json?: boolean;
  readonly terminal?: boolean;
  readonly columns?: number;
}

/** Validates files with these contents, `a.yaml`, `b.yaml` …, which are named without their folder. */
async function check(
  texts: readonly string[],
  { json = false, terminal = false, columns = 80 }: Options = {},
) {
  await using dir = await tempDir();
  const files = texts.map((_, index) => `${"abcdef"[index]}.yaml`);
  for (const [index, file] of files.entries()) await dir.write(file, texts[index]!);
  const host = { ...denoHost(), cwd: () => dir.path, env: () => undefined };
  return await validate({ files, json }, {
    host,
    terminal: { ...denoTerminal(), isTerminal: () => terminal, columns: () => columns },
  });
}

/** The places and messages, without code frames. */
function headlines(text: string): string[] {
  return text.split("\n").filter((line) => /^\w\.yaml/.test(line));
}

const GOOD = "name: web\nimage: nginx\n";

Deno.test("validate says of a file without problems so, in one line", async () => {
  deepEqual(await check([GOOD]), { stdout: "a.yaml: no problems\n", stderr: "", exitCode: 0 });
});

Deno.test("validate keeps to the width of a terminal, and breaks no word", async () => {
  const argument = `--env=A=${"long ".repeat(40)}`;
  const { stderr } = await check([
    `name: web\nimage: postgres:16\ncontainer_create_args: ["--publish=5432:5432", "${argument}"]\nimge: x\n`,
    "name: web\nimage: postgres:16\ncontainer_create_args: [--publish=5432:5432]\n",
  ], { terminal: true });
  // deno-lint-ignore no-control-regex -- the colours are not seen
  const lines = stderr.replace(/\x1b\[\d+m/g, "").split("\n");
  ok(lines.every((line) => [...line].length <= 80), stderr);
  match(lines.join("\n"), /publishes a port of a database\non every address of this machine/);
});

Deno.test("the mark stands under its place, however narrow the terminal is", async () => {
  const text = 'name: web\nimage: x\nmonitor: {check_http: [{path: /, frequency: often, name: "' +
    "y".repeat(90) + '"}]}\n';
  for (const columns of [20, 60, 80, 100, 120, 200]) {
    const { stderr } = await check([text], { terminal: true, columns });
    // deno-lint-ignore no-control-regex -- the colours are not seen
    const lines = stderr.replace(/\x1b\[\d+m/g, "").split("\n");
    const at = lines.findIndex((line) => /\| *\^+$/.test(line));
    const [mark = "", shown = ""] = [lines[at], lines[at - 1]];
    equal(shown.slice(mark.indexOf("^"), mark.length), "often", stderr);
  }
});

Deno.test("validate goes on after a bad file, and exits with 78", async () => {
  const { stdout, stderr, exitCode } = await check(["name: web\n", GOOD]);
  equal(exitCode, 78);
  equal(stdout, "b.yaml: no problems\n");
  match(stderr, /^a\.yaml:1:1: error: "image" is missing\n/);
});

Deno.test("validate names what is wrong with keys, values and flags at once, in the order of the file", async () => {
  const { stderr } = await check([
    `imge: nginx
name: web
container_create_args: [--init, --publish=80:x]
ready: {when: healty}
monitor:
  check_http:
    - {path: /, frequency: often}
`,
  ]);
  deepEqual(headlines(stderr).map((line) => line.replace(/( invalid argument "[^"]*").*/, "$1")), [
    'a.yaml:1:1: error: "imge" is not known here; did you mean "image"?',
    'a.yaml:3:43: error: "container_create_args[1]": invalid argument "80:x"',
    'a.yaml:4:15: error: "ready.when" must be one of started, healthy, checks, notify, got "healty"',
    'a.yaml:7:28: error: "monitor.check_http[0].frequency" must be a whole number from 1 to 1000000, got "often"',
  ]);
});

Deno.test("validate finds flags and checks that came by way of an anchor or a merge key where they are written", async () => {
  const { stderr } = await check([
    `name: web
image: nginx
service_args: &flags
  - --init
  - --publish
  - 80:x
container_create_args: *flags
monitor:
  check_http:
    - &base
      path: /
      timeout: 5sec
    - <<: [*base]
      path: /b
`,
  ]);
  deepEqual(
    headlines(stderr).map((line) => line.split(" ")[0]),
    ["a.yaml:6:5:", "a.yaml:12:16:", "a.yaml:12:16:"],
  );
});

Deno.test("validate warns of what is legal and probably not meant", async (t) => {
  const args = (...list: string[]) => `${GOOD}container_create_args: ${JSON.stringify(list)}\n`;
  const database = (publish: string) =>
    `name: db\nimage: registry.example/library/postgres:16\ncontainer_create_args: [-p, "${publish}"]\n`;
  const http = (keys: string) => `${GOOD}monitor: {check_http: [{path: /, ${keys}}]}\n`;
  const cases: [name: string, text: string, expected: RegExp | undefined][] = [
    ["a database on every address", database("5432:5432"), /3:30: warning: .*write "127\.0\.0\.1:5432:5432"/],
    ["the same, spelled out", database("0.0.0.0:5432:5432"), /write "127\.0\.0\.1:5432:5432"/],
    ["the same, by IPv6", database("[::]:5432:5432"), /write "127\.0\.0\.1:5432:5432"/],
    ["a database on a port of the engine's choice", database("5432"), /write "127\.0\.0\.1::5432"/],
    ["a database on localhost by IPv6", database("[::1]:5432:5432"), undefined],
    ["a database on localhost", database("127.0.0.1:5432:5432"), undefined],
    ["a port of another image", args("-p", "80:80"), undefined],
    ["--restart", args("--init", "--restart=always"), /3:35: warning: .*"--restart always" is overridden/],
    [
      "latest that is pulled once",
      `${GOOD}pull: missing\n`,
      /3:7: warning: "pull": the tag "latest" moves on/,
    ],
    ["a version that is pulled once", "name: web\nimage: nginx:1.25\npull: missing\n", undefined],
    ["a timeout beyond the frequency", http("frequency: 5, timeout: 10s"), /3:45: warning: .*at most "5s"/],
    [
      "the default timeout beyond the frequency",
      http("frequency: 5"),
      /may take 10 s, but is to run every 5 s/,
    ],
    ["a timeout within the frequency", http("frequency: 5, timeout: 5s"), undefined],
    ["a secret in the file", args("-e", "DB_PASSWORD=hunter2"), /"DB_PASSWORD" stands in this file/],
    ["a secret elsewhere", args("-e", "DB_PASSWORD_FILE=/run/x", "-e", "DB_PASSWORD"), undefined],
    ["the engine's journald", args("--log-driver", "journald"), /in the journal twice/],
    ["ports of the host's network", args("--network=host", "-p", "80:80"), /"--publish" does nothing/],
    [
      "two checks of one name",
      http("name: x, timeout: 1s}, {path: /, name: x, timeout: 1s"),
      /another check is called "x"/,
    ],
    ["nothing to wait for", `${GOOD}ready: {when: checks}\n`, /3:15: warning: .*no check to wait for/],
    [
      "a health that is never told",
      `${args("--no-healthcheck")}ready: {when: healthy}\n`,
      /never becomes ready/,
    ],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, async () => {
      const { stdout, stderr, exitCode } = await check([text]);
      equal(exitCode, 0);
      if (expected === undefined) return equal(stderr, "");
      match(stderr, expected);
      ok(!stderr.includes("hunter2"), "no secret is shown");
      match(stdout, /^a\.yaml: no errors, 1 warning\n$/);
    });
  }
});

Deno.test("validate tells of a service in a swarm all keys and flags that are not available there, at once", async () => {
  const { stderr, exitCode } = await check([
    `name: web.example
image: shop/web
container_create_args: [--init, --device, /dev/null, --publish, "127.0.0.1:80:80"]
pull: never
build: {context: .}
update: {}
ready: {when: notify}
monitor:
  check_container_present: db
  check_internal_command: [{shell_command: "true"}]
  check_http: [{path: /}]
  check_tcp: [{port: 80}]
swarm: {publish: host}
`,
  ]);
  equal(exitCode, 78);
  const places = headlines(stderr).map((line) =>
    /^a\.yaml:(\S+): error: "([^"]+)"/.exec(line)?.slice(1).join(" ")
  );
  deepEqual(places, [
    "1:7 name",
    "3:33 container_create_args[1]",
    "3:66 container_create_args[4]",
    "4:7 pull",
    "5:1 build",
    "6:1 update",
    "7:15 ready.when",
    "9:28 monitor.check_container_present",
    "10:3 monitor.check_internal_command",
    "11:16 monitor.check_http[0]",
    "12:15 monitor.check_tcp[0]",
  ]);
});

Deno.test("validate tells of a flag in a swarm also beside a mistake in the section itself", async () => {
  const { stderr } = await check([`${GOOD}container_create_args: [--privileged]\nswarm: {replicas: no}\n`]);
  deepEqual(headlines(stderr).map((line) => line.split(" ")[0]), ["a.yaml:3:25:", "a.yaml:4:19:"]);
});

Deno.test("validate warns of what is legal in a swarm and probably not meant", async (t) => {
  const args = (...list: string[]) => `${GOOD}container_create_args: ${JSON.stringify(list)}\nswarm:\n`;
  const cases: [name: string, text: string, expected: RegExp | undefined][] = [
    ["nothing to warn of", `${GOOD}swarm: {replicas: 3}\n`, undefined],
    [
      "a volume that does not move with its task",
      args("-v", "data:/data"),
      /3:31: warning: .*each node has a volume/,
    ],
    [
      "a network to find a container's address in",
      `${GOOD}monitor: {public_network_name: public}\nswarm:\n`,
      /3:32: warning: "monitor\.public_network_name" has no effect in Swarm/,
    ],
    ["--expose", args("--init", "--expose=80"), /3:35: warning: .*"--expose" has no effect in Swarm/],
    ["--rm", args("--rm"), /Swarm removes the containers of tasks itself/],
    [
      "a published database, which can not be for one address only",
      "name: db\nimage: postgres:16\ncontainer_create_args: [-p, 5432:5432]\nswarm:\n",
      /3:29: warning: .*on every address of the nodes, past most firewalls; services on the same network need no/,
    ],
    [
      "ports of a node's network",
      `${GOOD}container_create_args: [--network=host, -p, 80:80]\nswarm: {publish: host}\n`,
      /3:45: warning: .*"--publish" does nothing with "--network host"/,
    ],
    ["a secret in the file", args("-e", "DB_PASSWORD=hunter2"), /"DB_PASSWORD" stands in this file/],
    [
      "tasks that are ready when they run",
      `${GOOD}container_create_args: [--no-healthcheck]\nready: {when: healthy}\nswarm:\n`,
      undefined,
    ],
    ["latest that the nodes pull in any case", `${GOOD}pull: missing\nswarm:\n`, undefined],
    [
      "tasks that wait for one another",
      `${GOOD}swarm: {max_per_node: 1, update: {order: start-first}}\n`,
      /3:42: warning: "swarm\.update\.order" is start-first: with "max_per_node" a new task waits/,
    ],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, async () => {
      const { stdout, stderr, exitCode } = await check([text]);
      equal(exitCode, 0, stderr);
      if (expected === undefined) return equal(stderr, "");
      match(stderr, expected);
      match(stdout, /^a\.yaml: no errors, 1 warning\n$/);
    });
  }
});

Deno.test("validate --json prints the places of all problems for tools", async () => {
  const bad = `name: web\nimage: nginx\npull: nevr\n`;
  const { stdout, stderr, exitCode } = await check([bad, GOOD], { json: true });
  equal(exitCode, 78);
  equal(stderr, "");
  deepEqual(JSON.parse(stdout), {
    files: [
      {
        file: "a.yaml",
        valid: false,
        problems: [{
          severity: "error",
          line: 3,
          column: 7,
          end_line: 3,
          end_column: 11,
          key: "pull",
          message: '"pull" must be one of always, prefer, missing, never, got "nevr"',
        }],
      },
      { file: "b.yaml", valid: true, problems: [] },
    ],
  });
});

Deno.test("validate warns of a channel of alerts that the machine does not have", async () => {
  await using dir = await tempDir();
  const file = await dir.write("config.yaml", "alerts: { to: [{ ntfy: https://ntfy.example/topic }] }\n");
  const service = await dir.write("web.yaml", "name: web\nimage: nginx\nalerts: { to: [ntfy, slack] }\n");
  const env = (name: string) => name === "service_runner_global_config" ? file : undefined;
  const host = { ...denoHost(), cwd: () => dir.path, env };
  const terminal = { ...denoTerminal(), isTerminal: () => false };
  const { stderr, exitCode } = await validate({ files: [service], json: false }, { host, terminal });
  equal(exitCode, 0);
  match(stderr, /web\.yaml:3:22: warning: "alerts.to\[1\]" names a kind .*, "slack": nobody is told by it/);
});

Deno.test("validate checks the machine-wide config too, and shows nothing secret of it", async (t) => {
  const secret = "se-cret";
  const texts = [
    `influxdb:\n  location: http://x\n  token: [${secret}]\n`,
    `influxdb:\n  # ${secret}\n  tokken: ${secret}\n  location: http://x\n`,
    `influxdb: {location: http://x, token:${secret}}\n`,
    `influxdb:\n  token:${secret}\n  location: http://x\n`,
    `token: ${secret}\nlocation: http://x\n`,
  ];
  await using dir = await tempDir();
  const good = await dir.write("good.yaml", GOOD);
  for (const text of texts) {
    await t.step(JSON.stringify(text), async () => {
      const file = await dir.write("config.yaml", text);
      const found = (name: string) => name === "service_runner_global_config" ? file : undefined;
      // Found as a service would find it, or named.
      for (const { files, env } of [{ files: [good], env: found }, { files: [file], env: () => undefined }]) {
        for (const json of [false, true]) {
          const host = { ...denoHost(), cwd: () => dir.path, env };
          const terminal = { ...denoTerminal(), isTerminal: () => false };
          const { stdout, stderr, exitCode } = await validate({ files, json }, { host, terminal });
          equal(exitCode, 78);
          const said = stdout + stderr;
          ok(said.includes(file) && !said.includes(secret), said);
          if (json) {
            ok(JSON.parse(stdout).files.at(-1).problems.every(({ line }: { line: number }) => line >= 1));
          }
        }
      }
    });
  }
});

Deno.test("validate says why a file can not be read", async () => {
  const { stderr, exitCode } = await validate(
    { files: ["/nonexistent.yaml"], json: false },
    { host: denoHost(), terminal: { ...denoTerminal(), isTerminal: () => false } },
  );
  equal(exitCode, 78);
  equal(
    stderr,
    '/nonexistent.yaml: error: Cannot read the config "/nonexistent.yaml": there is no such file\n',
  );
  const { stderr: tooLarge } = await check([`${GOOD}#${"x".repeat(1024 * 1024)}`]);
  match(tooLarge, /Cannot read the config .* at most 1048576 are allowed/);
});

Deno.test("validate warns of two files with one name, of which only one can run", async () => {
  const { stderr, exitCode } = await check([GOOD, GOOD, "name: other\nimage: nginx\n"]);
  equal(exitCode, 0);
  deepEqual(headlines(stderr), [
    'b.yaml:1:7: warning: "name" is also that of a.yaml; two services with one name can not run at the same time',
  ]);
});

Deno.test("validate marks the place under tabs, wide characters and in long lines", async () => {
  const place = async (text: string) => (await check([text])).stderr.trimEnd().split("\n").slice(-2);
  deepEqual(await place(`name: web\nimage: nginx\nmonitor: {public_network_name: 漢字, chek_http: []}\n`), [
    "  3 | monitor: {public_network_name: 漢字, chek_http: []}",
    "    |                                      ^^^^^^^^^",
  ]);
  const [line = "", mark = ""] = await place(
    `{name: web, image: nginx, service_args: [${"x, ".repeat(5000)}x], pul: no}\n`,
  );
  ok(line.length < 140, `${line.length} columns`);
  equal(line.slice(mark.indexOf("^"), mark.lastIndexOf("^") + 1), "pul");
});

Deno.test("validate colours what it says in a terminal only", async () => {
  ok((await check(["name: web\n"], { terminal: true })).stderr.includes("\x1b[31m"));
  ok(!(await check(["name: web\n"])).stderr.includes("\x1b"));
});

Deno.test("validate survives a file that is all mistakes", async () => {
  const keys = Array.from({ length: 3000 }, (_, index) => `key${index}: x\n`).join("");
  const { exitCode } = await check([keys]);
  equal(exitCode, 78);
});
