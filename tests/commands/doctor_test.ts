import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { doctor } from "../../src/commands/doctor.ts";
import { influxdbCheck } from "../../src/commands/doctor/influxdb_check.ts";
import { configChecks } from "../../src/commands/doctor/config_checks.ts";
import { connectQueries } from "../../src/commands/engine_queries.ts";
import { EngineServer } from "../support/engine_server.ts";
import { examine, GOOD, type Machine, shown, UNIT } from "../support/doctored_machine.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { denoTerminal } from "../../src/host/deno_terminal.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("doctor finds nothing on a machine that is as it should be", async () => {
  const { exitCode, bad, findings } = await examine({});
  deepEqual(bad, []);
  equal(exitCode, 0);
  deepEqual(findings.map(({ about }) => about), [
    "engine",
    "live-restore",
    "log driver",
    "cgroups",
    "disk space",
    "unit file",
    "program",
    "journal rate limit",
    "socket permission",
    "journal",
    "clock",
  ]);
});

Deno.test("doctor names each thing that is wrong with a machine, and what to do", async (t) => {
  const info = (change: object) => ({
    "/info": { body: { ...GOOD.engine["/info"]!.body as object, ...change } },
  });
  const unit = (change: Partial<typeof UNIT>) => ({ "systemctl show": shown({ ...UNIT, ...change }) });
  const failed = (exitCode: number) => ({ exitCode });
  const cases: [name: string, machine: Machine, about: string, verdict: string, expected: RegExp][] = [
    [
      "no engine",
      { env: { DOCKER_HOST: "unix:///nonexistent" } },
      "engine",
      "problem",
      /there is no such socket/,
    ],
    ["an engine elsewhere", { env: { DOCKER_HOST: "tcp://x" } }, "engine", "problem", /DOCKER_HOST/],
    [
      "no live-restore",
      { engine: info({ LiveRestoreEnabled: false }) },
      "live-restore",
      "warning",
      /end when Docker/,
    ],
    [
      "journald twice",
      { engine: info({ LoggingDriver: "journald" }) },
      "log driver",
      "warning",
      /a second time/,
    ],
    ["cgroup v1", { engine: info({ CgroupVersion: "1" }) }, "cgroups", "warning", /version 1/],
    ["a full disk", { programs: { "df ": "Avail\n1000000\n" } }, "disk space", "problem", /0\.0 GiB/],
    ["little space", { programs: { "df ": "Avail\n900000000\n" } }, "disk space", "warning", /0\.8 GiB/],
    [
      "no unit",
      { programs: unit({ LoadState: "not-found" }) },
      "unit file",
      "problem",
      /no unit service_runner@/,
    ],
    [
      "a unit not read again",
      { programs: unit({ NeedDaemonReload: "yes" }) },
      "unit file",
      "warning",
      /has changed/,
    ],
    [
      "a unit of old",
      { programs: unit({ RestartPreventExitStatus: "" }) },
      "unit file",
      "warning",
      /stays bad/,
    ],
    ["no program", { files: ["/var/log/journal"] }, "program", "problem", /which is not there/],
    [
      "a rate limit",
      { programs: unit({ LogRateLimitBurst: "10000" }) },
      "journal rate limit",
      "warning",
      /drops lines/,
    ],
    [
      "no user",
      { programs: { "id ": failed(1) } },
      "socket permission",
      "problem",
      /"server-acct" does not exist/,
    ],
    [
      "a user who may not",
      { programs: { "id ": "server-acct\n" } },
      "socket permission",
      "problem",
      /may not use/,
    ],
    [
      "a journal in memory",
      { files: ["/usr/local/bin/service_runner"] },
      "journal",
      "warning",
      /gone after a reboot/,
    ],
    [
      "no journal",
      { programs: { "systemd-analyze": "Storage=none\n" } },
      "journal",
      "warning",
      /thrown away/,
    ],
    ["a clock on its own", { programs: { timedatectl: "no\n" } }, "clock", "warning", /time stamps/],
    ["no systemd", { programs: { "systemctl show": failed(1) } }, "unit file", "unknown", /does not answer/],
  ];
  for (const [name, machine, about, verdict, expected] of cases) {
    await t.step(name, async () => {
      const { exitCode, bad } = await examine(machine);
      const finding = bad.find((candidate) => candidate.about === about);
      equal(finding?.verdict, verdict, JSON.stringify(bad));
      match(finding?.message ?? "", expected);
      if (verdict !== "unknown" && name !== "an engine elsewhere") {
        ok("advice" in finding!, "says what to do");
      }
      equal(exitCode, bad.some((other) => other.verdict === "problem") ? 1 : 0);
    });
  }
});

Deno.test("doctor looks at a service's config, image and name", async (t) => {
  const config = "name: web\nimage: nginx:1.27\n";
  const here = { "/images/nginx%3A1.27/json": { body: {} } };
  const inRegistry = { "/distribution/nginx%3A1.27/json": { body: {} } };
  const cases: [name: string, config: string, engine: Machine["engine"], about: string, verdict: string][] = [
    ["a good one", config, inRegistry, "image", "ok"],
    ["a broken config", "name: web\n", {}, "config", "problem"],
    ["a doubtful config", `${config}container_create_args: [--rm]\n`, inRegistry, "config", "warning"],
    ["an image that is nowhere", config, {}, "image", "problem"],
    [
      "an image of a registry that wants a login",
      config,
      {
        "/distribution/nginx%3A1.27/json": { status: 403, body: { message: "denied" } },
      },
      "image",
      "problem",
    ],
    [
      "a registry that is away",
      config,
      {
        "/distribution/nginx%3A1.27/json": { status: 500, body: { message: "no such host" } },
      },
      "image",
      "problem",
    ],
    ["an image that is here", `${config}pull: missing\n`, here, "image", "ok"],
    ["an image that is not here", `${config}pull: never\n`, {}, "image", "problem"],
    [
      "a name that is taken",
      config,
      {
        ...inRegistry,
        "/containers/web/json": { body: { Name: "/web", Config: { Labels: {} } } },
      },
      "container name",
      "problem",
    ],
    [
      "the service's own container",
      config,
      {
        ...inRegistry,
        "/containers/web/json": {
          body: { Name: "/web", Config: { Labels: { "service_runner.service": "web" } } },
        },
      },
      "container name",
      "ok",
    ],
    [
      "somebody else's container, of an image that was made of the service's own",
      config,
      {
        ...inRegistry,
        "/containers/web/json": {
          body: { Name: "/web", Image: "sha256:1", Config: { Labels: { "service_runner.service": "web" } } },
        },
        "/images/sha256:1/json": { body: { Config: { Labels: { "service_runner.service": "web" } } } },
      },
      "container name",
      "problem",
    ],
  ];
  for (const [name, text, engine = {}, about, verdict] of cases) {
    await t.step(name, async () => {
      const { findings } = await examine({ engine, config: text });
      equal(findings.find((finding) => finding.about === about)?.verdict, verdict, JSON.stringify(findings));
    });
  }
});

Deno.test("doctor finds the config beside a service's own that has the same name", async () => {
  await using dir = await tempDir();
  const file = await dir.write("web.yaml", "name: web\nimage: nginx\n");
  await dir.write("shop.yaml", "name: shop\nimage: nginx\n");
  await dir.write("broken.yaml", "name: [\n");
  await dir.write("copy.yml", "name: web\nimage: nginx\n");
  const found = await configChecks(file, {
    host: { ...denoHost(), env: () => undefined },
    engine: undefined,
    running: undefined,
  });
  deepEqual(
    found.filter(({ about }) => about === "container name").map(({ verdict, message }) => [verdict, message]),
    [
      ["warning", `"web" is also that of ${dir.path}/copy.yml: only one of the two can run`],
    ],
  );
});

Deno.test("doctor tells an InfluxDB that takes the token from one that does not, and from none", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return Response.json({ status: "pass" });
    if (request.headers.get("Authorization") !== "Token good") return Response.json({}, { status: 401 });
    return Response.json({}, { status: searchParams.get("name") === "monitoring" ? 200 : 404 });
  });
  const location = `http://localhost:${server.addr.port}/`;
  const verdict = async (token: string | undefined, bucket = "monitoring", at = location) =>
    (await influxdbCheck({ location: at, token, bucket })).verdict;
  equal(await verdict("good"), "ok");
  for (
    const bad of [
      verdict("bad"),
      verdict(undefined),
      verdict("good", "other"),
      verdict("good", "x", "http://localhost:1"),
    ]
  ) {
    equal(await bad, "warning");
  }
  match(
    (await influxdbCheck({ location, token: "secret-token", bucket: "x" })).message,
    /does not take the token/,
  );
});

Deno.test("doctor knows servers that take InfluxDB's writes, and takes no web page for one", async (t) => {
  const text = (body: string, status = 200) => new Response(body, { status });
  const servers: Record<string, [answer: (path: string) => Response, verdict: string, message: RegExp]> = {
    "InfluxDB 1.8": [
      (path) =>
        path === "/health"
          ? Response.json({ name: "influxdb", status: "pass" })
          : text("404 page not found", 404),
      "ok",
      /shows with the first write/,
    ],
    "VictoriaMetrics": [
      (path) => path === "/health" ? text("OK") : text("unsupported path", 400),
      "ok",
      /answers/,
    ],
    "Telegraf": [
      (path) => path === "/ping" ? new Response(null, { status: 204 }) : text("Not Found", 404),
      "ok",
      /answers/,
    ],
    "Telegraf, version 2": [
      (path) => path === "/api/v2/ready" ? Response.json({ started: "x" }) : text("Not Found", 404),
      "ok",
      /answers/,
    ],
    "a web page": [() => text("<html>Welcome</html>"), "warning", /is no InfluxDB/],
    "a page that is missing": [() => text("Not Found", 404), "warning", /is no InfluxDB/],
    "a database that is not well": [
      () => Response.json({ status: "fail" }, { status: 503 }),
      "warning",
      /not well/,
    ],
  };
  for (const [name, [answer, verdict, message]] of Object.entries(servers)) {
    await t.step(name, async () => {
      await using server = Deno.serve(
        { port: 0, onListen() {} },
        (request) => answer(new URL(request.url).pathname),
      );
      const location = `http://localhost:${server.addr.port}`;
      const found = await influxdbCheck({ location, token: "t", bucket: "monitoring" });
      equal(found.verdict, verdict, found.message);
      match(found.message, message);
    });
  }
});

Deno.test("doctor says in plain text what to do", async () => {
  const host = {
    ...denoHost(),
    env: (name: string) => name === "DOCKER_HOST" ? "unix:///nonexistent" : undefined,
  };
  const terminal = { ...denoTerminal(), isTerminal: () => false };
  const { stdout, exitCode } = await doctor({ word: undefined, json: false }, { host, terminal });
  equal(exitCode, 1);
  match(stdout, /^problem +engine +Cannot reach .*\n +→ systemctl start docker.service$/m);
  match(stdout, /^\d problems?, /m);
});

Deno.test("doctor says how the unit's account gets at the engine's socket", async (t) => {
  const SOCKET = { "systemctl show --property=SocketGroup": "docker\n" };
  const groups = (list: string) => ({ "id --groups": `${list}\n` });
  const stat = (text: string) => ({ "stat ": `${text}\n` });
  const cases: [name: string, programs: Machine["programs"], commands: RegExp | undefined][] = [
    ["a member", {}, undefined],
    ["by the unit's SupplementaryGroups=", {
      ...groups("server-acct"),
      "systemctl show": shown({ ...UNIT, SupplementaryGroups: "docker" }),
    }, undefined],
    ["no member", groups("server-acct"), /^usermod --append --groups docker server-acct$/],
    ["of another group", { ...stat("root wheel 660") }, /^usermod --append --groups wheel server-acct$/],
    ["a socket that only its owner may write to", stat("root docker 600"), /^chmod g\+rw \S+\.sock$/],
    ["a socket of root", { ...SOCKET, ...stat("root root 660") }, /^chgrp docker \S+\.sock$/],
    [
      "a socket of root, and root's again after the next boot",
      { ...stat("root root 660"), "systemctl show --property=SocketGroup": "root\n" },
      /^chgrp docker \S+ printf .*docker\.socket\.d\/group\.conf systemctl daemon-reload$/,
    ],
    [
      "no group docker at all",
      { ...SOCKET, ...groups("server-acct"), ...stat("root root 660"), "getent group": { exitCode: 2 } },
      /^groupadd --system docker usermod --append --groups docker server-acct chgrp docker /,
    ],
  ];
  for (const [name, programs, commands] of cases) {
    await t.step(name, async () => {
      const { findings } = await examine({ ...programs && { programs } });
      const { verdict, commands: found } = findings.find(({ about }) => about === "socket permission")!;
      equal(verdict, commands === undefined ? "ok" : "problem");
      if (commands !== undefined) match(found!.join(" "), commands);
    });
  }
});

Deno.test("doctor says how an engine that does not run is started", async (t) => {
  const start = "systemctl start docker.service";
  const cases: [name: string, docker: string, commands: readonly string[]][] = [
    ["stopped", "Id=docker.service\nLoadState=loaded\nActiveState=inactive\n", [start]],
    ["running, and not answering", "Id=docker.service\nLoadState=loaded\nActiveState=active\n", [
      "journalctl --unit=docker.service --lines=20 --output=cat --no-pager",
      "systemctl restart docker.service",
    ]],
    ["failed", "Id=docker.service\nLoadState=loaded\nActiveState=failed\n", [
      "journalctl --unit=docker.service --lines=20 --output=cat --no-pager",
      "systemctl reset-failed docker.service",
      start,
    ]],
    ["masked", "Id=docker.service\nLoadState=masked\nActiveState=inactive\n", [
      "systemctl unmask docker.service && systemctl unmask --runtime docker.service",
      start,
    ]],
  ];
  for (const [name, docker, commands] of cases) {
    await t.step(name, async () => {
      const { findings } = await examine({
        env: { DOCKER_HOST: "unix:///nonexistent" },
        programs: { "systemctl show --property=Id,LoadState,ActiveState": docker },
      });
      deepEqual(findings.find(({ about }) => about === "engine")?.commands, commands);
    });
  }
});

Deno.test("doctor installs what is not there by `install`, which downloaders have", async () => {
  const none = await examine({ programs: { "systemctl show": shown({ ...UNIT, LoadState: "not-found" }) } });
  deepEqual(none.findings.find(({ about }) => about === "unit file")?.commands, ["service_runner install"]);
  const nobody = await examine({ programs: { "id --groups": { exitCode: 1 } } });
  deepEqual(nobody.findings.find(({ about }) => about === "socket permission")?.commands, [
    "service_runner install",
  ]);
});

Deno.test("an engine that hangs is unreachable, a question that it passes on and nobody answers is refused", async () => {
  const { promise: hanging, resolve: end } = Promise.withResolvers<void>();
  const late = () => hanging.then(() => new Response());
  await using server = await EngineServer.start((request) =>
    request.url.endsWith("/_ping") ? new Response("OK", { headers: { "Api-Version": "1.48" } }) : late()
  );
  await using silent = await EngineServer.start(late);
  try {
    using engine = await connectQueries(server.socketPath, { patienceMs: 200 });
    await rejects(engine.get("look up nginx", "/distribution/nginx/json"), {
      name: "EngineError",
      message: "Cannot look up nginx: no answer within 0.2 s",
    });
    await rejects(connectQueries(silent.socketPath, { patienceMs: 200 }), { name: "EngineUnreachableError" });
  } finally {
    end();
  }
});
