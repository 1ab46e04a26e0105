import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { ConfigError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

async function load(text: string | Uint8Array) {
  await using dir = await tempDir();
  const file = `${dir.path}/web.yaml`;
  await Deno.writeFile(file, typeof text === "string" ? new TextEncoder().encode(text) : text);
  return await loadServiceConfig(file, denoHost());
}

/** The message of the error, without the folder of the file. */
async function refusal(text: string | Uint8Array): Promise<string> {
  let message = "";
  await rejects(load(text), (error) => {
    ok(error instanceof ConfigError, String(error));
    message = error.message.replaceAll(error.file, "web.yaml");
    return true;
  });
  return message;
}

Deno.test("loadServiceConfig() takes all keys of the original's examples", async () => {
  const { config } = await load(`
name: crystal-docs
image: nginx
container_create_args:
  - --volume
  - /usr/share/doc/crystal/api:/usr/share/nginx/html:ro
monitor:
  public_network_name: bridge
  check_http:
    - path: /index.html
      expected:
        body_file: /usr/share/doc/crystal/api/index.html
      frequency: 30
`);
  equal(config.name, "crystal-docs");
  equal(config.image, "nginx");
  deepEqual(config.containerCreateArgs, [
    "--volume",
    "/usr/share/doc/crystal/api:/usr/share/nginx/html:ro",
  ]);
  deepEqual(config.serviceArgs, []);
  equal(config.monitor.publicNetworkName, "bridge");
  equal(config.monitor.checkContainerPresent, true);
  const [check] = config.monitor.checkHttp;
  equal(check?.path, "/index.html");
  equal(check?.options.frequencyTicks, 30);
  equal(check?.expected.bodyFile, "/usr/share/doc/crystal/api/index.html");
});

Deno.test("loadServiceConfig() fills in the original's defaults", async () => {
  const { config } = await load("name: web\nimage: nginx\nmonitor:\n  check_http: [{path: /}]\n");
  equal(config.pull, undefined);
  equal(config.monitor.publicNetworkName, undefined, "public, or the container's own");
  deepEqual(config.ready, { when: "started", timeoutMs: 300_000 });
  equal(config.adopt, false);
  const [check] = config.monitor.checkHttp;
  deepEqual(
    [check?.options.frequencyTicks, check?.method, check?.expected.httpStatuses, check?.options.timeoutMs],
    [60, "GET", ["200"], 10_000],
  );
});

Deno.test("loadServiceConfig() takes every key of the four lists of checks", async () => {
  const command = `environment: {A: 1}, stdin_string: in, stdin_file: /f, workdir: /w,
        expected: {status: 3, stdout: out, stderr: err}, frequency: 7, name: n, timeout: 1m30s, ready: yes,
        start_after: 20s, failure_threshold: 3, success_threshold: 2, failures: 3 of 10,
        on_failure: restart, restart_interval: 2m, restart_limit: 4`;
  const { config: { monitor } } = await load(`
name: web
image: nginx
monitor:
  check_container_present: other
  check_http:
    - {path: /p, host: h, port: 8080, method: post, query_parameters: {a: [b, c]}, headers: {H: [1, 2]},
       body: text, expected: {status: 404, body: b}, frequency: 2}
  check_internal_command: [{shell_command: a b, ${command}}]
  check_shell_command: [{shell_command: c d, ${command}}]
  check_exe: [{exe: /bin/x, arguments: [y, 2], ${command}}]
`);
  equal(monitor.checkContainerPresent, "other");
  const [http] = monitor.checkHttp;
  deepEqual([http?.host, http?.port, http?.method, http?.body], ["h", 8080, "POST", "text"]);
  deepEqual(http?.queryParameters, [["a", ["b", "c"]]]);
  deepEqual(http?.headers, [["H", ["1", "2"]]]);
  deepEqual(http?.expected.httpStatuses, ["404"]);
  equal(http?.expected.body, "b");
  const common = {
    environment: { A: "1" },
    stdinString: "in",
    stdinFile: "/f",
    workdir: "/w",
    expected: { statusCode: 3, stdout: "out", stderr: "err" },
    name: "n",
    options: {
      frequencyTicks: 7,
      timeoutMs: 90_000,
      forReady: true,
      startAfterMs: 20_000,
      failureThreshold: 3,
      successThreshold: 2,
      failureRate: { failures: 3, runs: 10 },
      onFailure: "restart",
      restartIntervalMs: 120_000,
      restartLimit: 4,
    },
  };
  deepEqual(monitor.checkInternalCommand, [{ ...common, argv: ["/bin/sh", "-c", "a b"] }]);
  deepEqual(monitor.checkShellCommand, [{ ...common, argv: ["/bin/sh", "-c", "c d"] }]);
  deepEqual(monitor.checkExe, [{ ...common, argv: ["/bin/x", "y", "2"] }]);
});

Deno.test("loadServiceConfig() refuses checks that can not be meant so", async (t) => {
  const cases: [name: string, check: string, expected: RegExp][] = [
    [
      "a status",
      "check_http: [{path: /, expected: {status: 2x}}]",
      /status" must be a status from 100 to 599, or/,
    ],
    [
      "no status",
      "check_http: [{path: /, expected: {status: []}}]",
      /status" must not be an empty list/,
    ],
    ["a pattern", "check_http: [{path: /, expected: {body_matches: '('}}]", /must be a regular expression/],
    [
      "a JSON path",
      "check_http: [{path: /, expected: {json: {'a[x]': 1}}}]",
      /is no path into a JSON document/,
    ],
    ["CONNECT", "check_http: [{path: /, method: connect}]", /but CONNECT, got "connect"/],
    ...["a:80", "http://a", "a/b", "''", "a b", "999.1.1.1", "[::1", "::1::2"].map((
      host,
    ): [string, string, RegExp] => [
      `the host ${host}`,
      `check_http: [{path: /, host: "${host.replaceAll("'", "")}"}]`,
      /host" must be the name or address of a host, without scheme, port and path, got /,
    ]),
    [
      "a host with a port",
      "check_tcp: [{host: 'a:80', port: 80}]",
      /check_tcp\[0\]\.host" must be the name or/,
    ],
    ["no port number", "check_tcp: [{host: a, port: 65536}]", /must be a whole number from 1 to 65535/],
    [
      "a header's name",
      "check_http: [{path: /, headers: {'X Y': [a]}}]",
      /X Y" must be the name of a header/,
    ],
    [
      "an expected header's name",
      "check_http: [{path: /, expected: {headers: {'X:': a}}}]",
      /X:" must be the name of a header/,
    ],
    [
      "a header of two lines",
      'check_http: [{path: /, headers: {X: ["a\\r\\nb"]}}]',
      /must be one line of text, got "…"/,
    ],
    ["a fragment", "check_http: [{path: '/a#b'}]", /must be a path without "#", or with "%23"/],
    ["tls by http", "check_http: [{path: /, tls: {insecure: true}}]", /tls" needs "scheme: https"/],
    [
      "two ways of trust",
      "check_http: [{path: /, scheme: https, tls: {insecure: true, ca_file: a}}]",
      /must have "ca_file" or "insecure", not both/,
    ],
    [
      "a certificate by http",
      "check_http: [{path: /, expected: {certificate_valid_for: 14d}}]",
      /has "certificate_valid_for", which needs "scheme: https"/,
    ],
    ["no port", "check_tcp: [{host: a}]", /"port" is missing|check_tcp\[0\].port" is missing/],
    ["no command", "check_internal_command: [{}]", /must have either "shell_command" or "exe"/],
    ["two commands", "check_internal_command: [{shell_command: a, exe: b}]", /must have either/],
    ["shell arguments", "check_internal_command: [{shell_command: a, arguments: [b]}]", /needs "exe"/],
    ["an unknown key", "check_exe: [{exe: a, argument: [b]}]", /did you mean "arguments"/],
  ];
  for (const [name, check, expected] of cases) {
    await t.step(name, async () => {
      const message = await refusal(`name: web\nimage: nginx\nmonitor:\n  ${check}\n`);
      ok(expected.test(message), message);
    });
  }
});

Deno.test("a check's host is a name or an address, in any spelling that works", async () => {
  for (const host of ["localhost", "db_1.internal", "10.0.0.1", "::1", "[fe80::1]", "bücher.example"]) {
    const { config } = await load(
      `name: web\nimage: nginx\nmonitor: {check_http: [{path: /, host: "${host}"}]}\n`,
    );
    equal(config.monitor.checkHttp[0]?.host, host);
  }
});

Deno.test("a check that says nothing fails at its first failure, and only the log tells", async () => {
  const loadOptions = async (keys: string) => {
    const { config } = await load(`name: web\nimage: nginx\nmonitor: {check_http: [{path: /${keys}}]}\n`);
    return config.monitor.checkHttp[0]!.options;
  };
  const check = await loadOptions("");
  deepEqual([check.failureThreshold, check.successThreshold, check.failureRate], [1, 1, undefined]);
  deepEqual([check.startAfterMs, check.onFailure], [0, "log"]);
  deepEqual([check.restartIntervalMs, check.restartLimit], [60_000, 5]);
  equal((await loadOptions(", failures: 3 of 10")).failureThreshold, undefined, "the rate alone counts");
});

Deno.test("a rate of failures that can not be is refused", async () => {
  for (const rate of ["3", "0 of 3", "4 of 3", "3 of 1001", "3 / 10"]) {
    const message = await refusal(
      `name: web\nimage: nginx\nmonitor: {check_http: [{path: /, failures: ${rate}}]}\n`,
    );
    ok(
      message.includes(
        `must be a rate such as "3 of 10", the first number at most the second, which is at most 1000`,
      ),
      message,
    );
  }
});

Deno.test("loadServiceConfig() takes ready and adopt", async () => {
  const { config } = await load("name: web\nimage: nginx\nready: {when: checks, timeout: 2m}\nadopt: true\n");
  deepEqual(config.ready, { when: "checks", timeoutMs: 120_000 });
  equal(config.adopt, true);
});

Deno.test("loadServiceConfig() takes logs, and fills in its defaults", async () => {
  const { config } = await load(`
name: web
image: nginx
logs: {json: text, severity: {stdout: debug}, multiline: '^\\S', syslog_level_prefix: no}
`);
  deepEqual(config.logs, {
    json: "text",
    severity: { stdout: "debug", stderr: "info" },
    multiline: /^\S/u,
    syslogLevelPrefix: false,
  });
  const { config: plain } = await load("name: web\nimage: nginx\nlogs:\n");
  deepEqual(plain.logs, {
    json: undefined,
    severity: { stdout: "info", stderr: "info" },
    multiline: undefined,
    syslogLevelPrefix: true,
  });
});

Deno.test("loadServiceConfig() refuses a pattern that is none, and a severity that is none, with their places", async () => {
  const message = await refusal(
    "name: web\nimage: nginx\nlogs:\n  severity: {stderr: loud}\n  multiline: '^(a'\n",
  );
  const [severity, pattern] = message.split("\n").filter((line) => line.startsWith("web.yaml:"));
  match(
    severity ?? "",
    /^web\.yaml:4:22: "logs\.severity\.stderr" must be one of trace, debug, .*got "loud"$/,
  );
  match(
    pattern ?? "",
    /^web\.yaml:5:1[45]: "logs\.multiline" must be a regular expression of JavaScript: Unterminated group/,
  );
});

Deno.test("loadServiceConfig() leaves values as they were written, whatever YAML would make of them", async () => {
  const { config } = await load(
    "name: web\nimage: nginx\ncontainer_create_args: [--cpus, 1.50, --publish, 8086:8086, -e, A=yes, 0x10, true]\n",
  );
  deepEqual(config.containerCreateArgs, [
    "--cpus",
    "1.50",
    "--publish",
    "8086:8086",
    "-e",
    "A=yes",
    "0x10",
    "true",
  ]);
});

Deno.test("loadServiceConfig() takes anchors, merge keys and empty values", async () => {
  const { config } = await load(`
name: web
image: nginx
service_args:
monitor:
  check_http:
    - &base {path: /a, frequency: 5, timeout: 2s}
    - {<<: *base, path: /b}
`);
  deepEqual(config.serviceArgs, []);
  deepEqual(
    config.monitor.checkHttp.map(({ path, options }) => [path, options.frequencyTicks, options.timeoutMs]),
    [
      ["/a", 5, 2000],
      ["/b", 5, 2000],
    ],
  );
});

Deno.test("check_container_present takes YAML's booleans and names", async (t) => {
  for (
    const [written, expected] of [["true", true], ["yes", true], ["off", false], ["db-1", "db-1"]] as const
  ) {
    await t.step(written, async () => {
      const { config } = await load(
        `name: web\nimage: nginx\nmonitor:\n  check_container_present: ${written}\n`,
      );
      equal(config.monitor.checkContainerPresent, expected);
    });
  }
});

Deno.test("a syntax error is shown at its line and column", async () => {
  equal(
    await refusal("name: web\nimage: [a\nb: c\n"),
    `Cannot load config "web.yaml":
web.yaml:2:8: this "[" is never closed
  1 | name: web
  2 | image: [a
    |        ^`,
  );
});

Deno.test("all problems of a file are shown at once, each at its place", async () => {
  const message = await refusal(`name: w
imge: nginx
monitr: {}
monitor:
  check_http:
    - &a
      path: index.html
      frequency: often
    - <<: *a
      path: /fine
  check_exe: [x]
service_args: {}
`);
  const places = message.split("\n").filter((line) => line.startsWith("web.yaml:"));
  deepEqual(places, [
    'web.yaml:1:7: "name" must be a container name: letters, digits, "_", "." and "-", at least two, the first a ' +
    'letter or digit, got "w"',
    'web.yaml:2:1: "imge" is not known here; did you mean "image"?',
    'web.yaml:3:1: "monitr" is not known here; did you mean "monitor"?',
    'web.yaml:7:13: "monitor.check_http[0].path" must be a path that starts with "/", got "index.html"',
    'web.yaml:8:18: "monitor.check_http[0].frequency" must be a whole number from 1 to 1000000, got "often"',
    'web.yaml:8:18: "monitor.check_http[1].frequency" must be a whole number from 1 to 1000000, got "often"',
    'web.yaml:11:15: "monitor.check_exe[0]" must be a mapping, got "x"',
    'web.yaml:12:15: "service_args" must be a list, got a mapping',
  ]);
});

Deno.test("all unknown keys of all sections are shown at once, each with what was probably meant", async () => {
  const message = await refusal(`imge: nginx
ports: [80]
colour: blue
check_http: []
name: web
ready: {wen: checks, colour: blue}
monitor:
  check_http:
    - {pth: /, timout: 5s, expected: {frequency: 5, stats: 200}}
    - {path: /, restart_limt: 3}
`);
  const places = message.split("\n").filter((line) => line.startsWith("web.yaml:"));
  deepEqual(places.map((line) => line.replace("web.yaml:", "").replace("is not known here; ", "")), [
    '1:1: "imge" did you mean "image"?',
    '2:1: "ports" write it as container_create_args: [--publish, "8080:80"]',
    '3:1: "colour" is not known here',
    '4:1: "check_http" it belongs under "monitor"',
    '6:9: "ready.wen" did you mean "when"?',
    '6:22: "ready.colour" is not known here',
    '9:8: "monitor.check_http[0].pth" did you mean "path"?',
    '9:16: "monitor.check_http[0].timout" did you mean "timeout"?',
    '9:39: "monitor.check_http[0].expected.frequency" it belongs one level up, under "monitor.check_http[]"',
    '9:53: "monitor.check_http[0].expected.stats" did you mean "status"?',
    '10:17: "monitor.check_http[1].restart_limt" did you mean "restart_limit"?',
  ]);
});

Deno.test("a value that is not there is shown at its key", async () => {
  equal(
    await refusal("name: web\nimage:\n"),
    `Cannot load config "web.yaml":
web.yaml:2:1: "image" must be a text, got nothing
  1 | name: web
  2 | image:
    | ^^^^^`,
  );
});

Deno.test("files that can not be a config are refused in plain words", async (t) => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
  for (const [name, before] of ["ba", "cb", "dc", "ed", "fe", "gf"]) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join()}]`);
  }
  const cases: [name: string, text: string | Uint8Array, expected: RegExp][] = [
    ["empty", "", /web.yaml:1:1: expected a document, but the input is empty/],
    ["a list", "[a, b]", /web.yaml:1:1: the file must be a mapping, got a list/],
    ["two documents", "a: 1\n---\nb: 2\n", /web.yaml:1:1: expected a single document/],
    ["a key twice", "name: web\nname: wob\n", /web.yaml:2:1: the key "name" is given twice, first in line 1/],
    ["an alias bomb", bomb.join("\n"), /aliases that unfold to more than 1000000 values/],
    ["a value within itself", "name: &a [*a]", /aliases that unfold for ever/],
    [
      "more than 1 MiB",
      `name: web\n#${"x".repeat(1024 * 1024)}`,
      /Cannot read the config .* at most 1048576/,
    ],
    ["not UTF-8", Uint8Array.of(0x61, 0xff), /web.yaml:1:2: it is not UTF-8 text: the byte 0xFF/],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, async () => {
      const message = await refusal(text);
      ok(expected.test(message), message);
    });
  }
});

Deno.test("a file that is not there is told from one that can not be read", async () => {
  await rejects(loadServiceConfig("/nonexistent/web.yaml", denoHost()), {
    message: 'Cannot read the config "/nonexistent/web.yaml": there is no such file',
  });
  await rejects(loadServiceConfig("/", denoHost()), /Cannot read the config "\/": /);
});
