import { deepEqual, equal, match, ok } from "node:assert/strict";
import { doctor } from "../../src/commands/doctor.ts";
import { influxdbCheck } from "../../src/commands/doctor/influxdb_check.ts";
import { configChecks } from "../../src/commands/doctor/config_checks.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { denoTerminal } from "../../src/host/deno_terminal.ts";
import type { Host } from "../../src/host/host.ts";
import { EngineServer } from "../support/engine_server.ts";
import { tempDir } from "../support/temp_dir.ts";

interface Failed {
  readonly exitCode: number;
}

interface Machine {
  /** Answers of the engine by path, without the version; `undefined` for no engine at all. */
  readonly engine?: Readonly<Record<string, { status?: number; body: unknown } | undefined>>;
  /** What programs print, by the beginning of their command line; others do not exist. */
  readonly programs?: Readonly<Record<string, string | Failed>>;
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const UNIT = {
  LoadState: "loaded",
  FragmentPath: "/etc/systemd/system/service_runner@.service",
  NeedDaemonReload: "no",
  Type: "notify",
  NotifyAccess: "main",
  User: "server-acct",
  ExecStart:
    "{ path=/usr/local/bin/service_runner ; argv[]=/usr/local/bin/service_runner /srv/config/doctor.yaml }",
  RuntimeDirectory: "service_runner/doctor",
  RestartPreventExitStatus: "64 78",
  LogRateLimitBurst: "100000000",
};

function shown(unit: Readonly<Record<string, string>>): string {
  return Object.entries(unit).map(([key, value]) => `${key}=${value}\n`).join("");
}

const GOOD: Required<Machine> = {
  engine: {
    "/_ping": { body: "OK" },
    "/version": { body: { Version: "28.0.1", ApiVersion: "1.48" } },
    "/info": {
      body: {
        LiveRestoreEnabled: true,
        LoggingDriver: "local",
        CgroupVersion: "2",
        DockerRootDir: "/var/lib/docker",
      },
    },
  },
  programs: {
    "df ": "Avail\n50000000000\n",
    "systemctl show": shown(UNIT),
    "id ": "server-acct docker\n",
    "stat ": "root docker 660\n",
    "systemd-analyze": "[Journal]\n#Storage=auto\n",
    timedatectl: "yes\n",
  },
  files: ["/usr/local/bin/service_runner", "/var/log/journal"],
  env: {},
};

/** What doctor finds on a machine that differs from a good one. */
async function examine(machine: Machine, config?: string) {
  await using dir = await tempDir();
  const { engine, programs, files, env } = { ...GOOD, ...machine };
  const answers = { ...GOOD.engine, ...engine };
  await using server = await EngineServer.start((request) => {
    const path = new URL(request.url).pathname.replace(/^\/v[\d.]+/, "");
    const answer = answers[path] ?? { status: 404, body: { message: "not found" } };
    return Response.json(answer.body, { status: answer.status ?? 200, headers: { "Api-Version": "1.48" } });
  });
  const texts = { ...GOOD.programs, ...programs };
  const real = denoHost();
  const host: Host = {
    ...real,
    env: (name) => ({ DOCKER_HOST: `unix://${server.socketPath}`, ...env } as Record<string, string>)[name],
    readFile(path, limitBytes) {
      if (!GOOD.files.includes(path)) return real.readFile(path, limitBytes);
      return Promise.resolve(files.includes(path) ? { kind: "error", reason: "large" } : { kind: "missing" });
    },
    runProcess({ argv, onOutput }) {
      const found = Object.entries(texts).find(([beginning]) => argv.join(" ").startsWith(beginning))?.[1];
      if (found === undefined) return Promise.reject(new Error("there is no such program"));
      if (typeof found !== "string") return Promise.resolve(found.exitCode);
      onOutput("stdout", new TextEncoder().encode(found));
      return Promise.resolve(0);
    },
  };
  const terminal = { ...denoTerminal(), isTerminal: () => false };
  const configPath = config === undefined ? undefined : await dir.write("web.yaml", config);
  const { stdout, exitCode } = await doctor({ configPath, json: true }, { host, terminal });
  const { findings } = JSON.parse(stdout) as {
    findings: { verdict: string; about: string; message: string }[];
  };
  return { exitCode, findings, bad: findings.filter(({ verdict }) => verdict !== "ok") };
}

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
      "warning",
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
      const { findings } = await examine({ engine }, text);
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
  const found = await configChecks(file, undefined, { ...denoHost(), env: () => undefined });
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
    if (request.headers.get("Authorization") !== "Token good") return new Response("", { status: 401 });
    return new Response("", { status: searchParams.get("name") === "monitoring" ? 200 : 404 });
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

Deno.test("doctor says in plain text what to do", async () => {
  const host = {
    ...denoHost(),
    env: (name: string) => name === "DOCKER_HOST" ? "unix:///nonexistent" : undefined,
  };
  const terminal = { ...denoTerminal(), isTerminal: () => false };
  const { stdout, exitCode } = await doctor({ configPath: undefined, json: false }, { host, terminal });
  equal(exitCode, 1);
  match(stdout, /^problem +engine +Cannot reach .*\n +→ systemctl start docker$/m);
  match(stdout, /\d would stop a service, /);
});
