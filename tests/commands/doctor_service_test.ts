/** `doctor` and one service: how it is, why it failed, and the commands that help. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import { statusOf } from "../support/played_service.ts";
import { examine, type Machine } from "../support/doctored_machine.ts";

const CONFIG = "name: web\nimage: nginx:1.27\n";
const IN_REGISTRY = { "/distribution/nginx%3A1.27/json": { body: {} } };
const UNIT_NAME = "service_runner@web.service";
const LINES = "service_runner logs --lines=20 web";
const RESTART = `systemctl restart ${UNIT_NAME}`;

/** Of the service of `CONFIG`, whose image is in its registry. */
async function findingsOf(machine: Machine): Promise<Finding[]> {
  return (await examine({
    config: CONFIG,
    unit: {},
    ...machine,
    engine: { ...IN_REGISTRY, ...machine.engine },
  }))
    .findings;
}

async function finding(about: string, machine: Machine): Promise<Finding> {
  const found = await findingsOf(machine);
  return found.find((one) => one.about === about) as Finding;
}

const ENDED = JSON.stringify({
  timestamp: "2020-01-02T03:04:05.5Z",
  severity: "error",
  source: "service",
  message: "The container has ended by itself: exit code 3",
  data: { exit_code: 3, last_lines: ["starting", "no key"] },
});
const CHECK = JSON.stringify({
  timestamp: "2020-01-02T03:04:09.5Z",
  severity: "error",
  source: "monitoring",
  message: 'The check "http /" fails',
});
const FAILED = { ActiveState: "failed", SubState: "failed", Result: "exit-code", ExecMainStatus: "3" };

Deno.test("doctor says first how the service is, and why it has failed", async (t) => {
  const cases: [
    name: string,
    machine: Machine,
    verdict: string,
    message: RegExp,
    commands?: readonly string[],
  ][] = [
    ["active", {}, "ok", /^Running since 14:02, 1 check passes$/],
    [
      "restarted",
      { unit: { NRestarts: "2" }, programs: { journalctl: `${ENDED}\n${CHECK}\n` } },
      "warning",
      /^Running .*; restarted 2 times; before, at \d.* on 2020-01-02: The container .*code 3; its last line: no key$/,
      [LINES],
    ],
    [
      "failed for good",
      { unit: { ...FAILED, StatusText: "Failed: exit code 3" }, programs: { journalctl: ENDED } },
      "problem",
      /^failed at .*, and is not started again: The container has ended by itself: exit code 3; its last line: no key$/,
      [LINES, RESTART],
    ],
    [
      "failing again and again, of which the journal says nothing",
      {
        unit: {
          ActiveState: "activating",
          SubState: "auto-restart",
          Result: "exit-code",
          NRestarts: "7",
          StatusText: "Failed: it is so",
        },
      },
      "problem",
      /^failed at .*, restarted 7 times; systemd starts it again and again: it is so$/,
      [LINES, RESTART],
    ],
    [
      "not even started, after an earlier failure",
      { unit: { ...FAILED, ExecMainStatus: "216", StatusText: "" }, programs: { journalctl: ENDED } },
      "problem",
      /: a group of the unit does not exist \(exit-code, exit code 216\)$/,
      [LINES, RESTART],
    ],
    [
      "enabled and not running",
      { unit: { ActiveState: "inactive", SubState: "dead", StatusText: "" } },
      "problem",
      /^it is enabled, and does not run$/,
      [`systemctl start ${UNIT_NAME}`],
    ],
    [
      "not running, and nobody wants it to",
      { unit: { ActiveState: "inactive", SubState: "dead", StatusText: "", UnitFileState: "disabled" } },
      "warning",
      /^it does not run, and is not enabled$/,
      [`systemctl enable --now ${UNIT_NAME}`],
    ],
    [
      "running, but not after the next boot",
      { unit: { UnitFileState: "disabled" } },
      "warning",
      /it is not enabled: after a boot it is not there$/,
      [`systemctl enable ${UNIT_NAME}`],
    ],
    [
      "starting",
      { unit: { ActiveState: "activating", SubState: "start", StatusText: "Pulling nginx: 3%" } },
      "ok",
      /^it is starting since .*: Pulling nginx: 3%$/,
    ],
  ];
  for (const [name, machine, verdict, message, commands] of cases) {
    await t.step(name, async () => {
      const found = await finding("service", machine);
      equal(found.verdict, verdict, JSON.stringify(found));
      match(found.message, message);
      deepEqual(found.commands, commands);
      equal(found.service, "web");
    });
  }
});

Deno.test("doctor takes a name, a unit and a config for the same service", async () => {
  for (const word of ["web", "web.service", UNIT_NAME, undefined]) {
    const found = await finding("service", word === undefined ? {} : { word });
    deepEqual([found.service, found.verdict], ["web", "ok"], word);
  }
});

function statusFile(content: Parameters<typeof statusOf>[2]): Machine {
  const status = statusOf("web", 4711, { checks: [], status: "Running since 14:02", ...content });
  return { texts: { "/run/service_runner/doctor/status.json": JSON.stringify(status) } };
}

Deno.test("doctor sees what keeps a running service from serving", async () => {
  const paused = await finding(
    "service",
    statusFile({
      container: { id: "0123456789abcdef", image: "nginx", started_at: "2020-01-01T00:00:00Z", paused: true },
    }),
  );
  deepEqual([paused.verdict, paused.commands], ["problem", ["docker unpause 0123456789ab"]]);
  const status = (reason: string) => `Running since 14:02, http / failing (${reason})`;
  const checks = [{ name: "http /", kind: "check_http", ok: false, history: [-3] }];
  const failing = async (reason: string) =>
    await finding("service", statusFile({ checks, status: status(reason) }));
  const unknownHost = await failing("no answer from http://api.lan:80/x: the host name cannot be resolved");
  deepEqual([unknownHost.verdict, unknownHost.commands], ["problem", ["getent hosts api.lan"]]);
  const byTcp = await failing("no connection to db.lan port 5432: failed to lookup address information: x");
  deepEqual(byTcp.commands, ["getent hosts db.lan"]);
  const other = await failing("status 500, expected 200");
  match(other.message, /http \/ failing \(status 500, expected 200\)/);
  deepEqual(other.commands, ["service_runner logs --priority=error --lines=5 web"]);
});

Deno.test("doctor compares the config on disk with the one that the service runs by", async () => {
  const sha256 = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(CONFIG)),
  ).toHex();
  const config = async (read: string) =>
    await finding("config", statusFile({ config: { file: "/srv/config/web.yaml", sha256: read } }));
  equal((await config(sha256)).verdict, "ok");
  const changed = await config("00");
  deepEqual([changed.verdict, changed.commands], ["warning", [`systemctl reload ${UNIT_NAME}`]]);
});

Deno.test("doctor says what is wrong with a config, and what that means for the service", async () => {
  const config = "name: web\nimge: nginx\n";
  const runs = await finding("config", { config });
  match(
    runs.message,
    /^\/dir\/web\.yaml:2:1: "imge" is not known here; did you mean "image"\?.*; the service runs with/,
  );
  deepEqual(runs.commands, ["service_runner validate /dir/web.yaml", `systemctl reload ${UNIT_NAME}`]);
  const failed = await findingsOf({ config, unit: { ...FAILED, StatusText: "Failed: x" } });
  deepEqual(failed.find(({ about }) => about === "config")?.commands, [
    "service_runner validate /dir/web.yaml",
  ]);
  deepEqual(failed[0]?.commands, [RESTART], "the config explains it");
});

Deno.test("doctor tells a config that is not there from one that only root may read", async () => {
  const missing = await finding("config", {
    word: "web",
    unit: { ExecStart: "{ argv[]=/usr/local/bin/service_runner /nonexistent/web.yaml ; }" },
  });
  deepEqual([missing.verdict, missing.commands], ["problem", ["service_runner status"]]);
  match(missing.message, /"\/nonexistent\/web\.yaml": there is no such file$/);
  const hidden = await finding("config", {
    word: "web",
    unit: { ExecStart: "{ argv[]=/usr/local/bin/service_runner /srv/hidden.yaml ; }" },
    unreadable: ["/srv/hidden.yaml"],
    programs: { "id --user": "1000\n" },
  });
  deepEqual([hidden.verdict, hidden.advice], ["unknown", "run this as root"]);
});

Deno.test("doctor asks whether the unit's account may read what the config names", async (t) => {
  const config = `${CONFIG}container_create_args: [--env-file, web.env]\n`;
  const may = "runuser -u server-acct -- test";
  const cases: [name: string, programs: Machine["programs"], verdict: string, commands?: string[]][] = [
    ["it may", {}, "ok"],
    [
      "a file of root",
      { [`${may} -r /x/web.env`]: { exitCode: 1 } },
      "problem",
      ["chown server-acct: /x/web.env", "chmod u+r /x/web.env"],
    ],
    [
      "a folder of root",
      { [`${may} -r /x/web.env`]: { exitCode: 1 }, [`${may} -x /x`]: { exitCode: 1 } },
      "problem",
      ["chgrp server-acct /x", "chmod g+rx /x"],
    ],
    ["asked by somebody who is not root", { "id --user": "1000\n" }, "unknown"],
  ];
  for (const [name, programs, verdict, commands] of cases) {
    await t.step(name, async () => {
      const found = await finding("files", {
        config: config.replace("web.env", "/x/web.env"),
        texts: { "/x/web.env": "A=1\n" },
        ...programs && { programs },
      });
      deepEqual([found.verdict, found.commands], [verdict, commands], found.message);
    });
  }
});

const DOWN = { ...FAILED, StatusText: "Failed: x" };

Deno.test("doctor says who has a port that the service wants", async (t) => {
  const ss = (local: string, users: string) => ({
    "ss --no-header --listening --tcp": `LISTEN 0 4096 ${local} 0.0.0.0:* ${users}\n`,
  });
  const other = (Ports: object[]) => ({ "/containers/json": { body: [{ Names: ["/other"], Ports }] } });
  const cases: [name: string, machine: Machine, message: RegExp, commands?: readonly string[]][] = [
    ["nobody", {}, /^nobody else has what it publishes$/],
    [
      "a container",
      { engine: other([{ IP: "0.0.0.0", PublicPort: 8080, Type: "tcp" }]) },
      /^port 8080\/tcp is taken by the container "other"$/,
      ["docker stop other"],
    ],
    [
      "a container, but of UDP",
      { engine: other([{ IP: "0.0.0.0", PublicPort: 8080, Type: "udp" }]) },
      /^nobody else has what it/,
    ],
    [
      "its own container, which is being waited for",
      {
        engine: {
          "/containers/json": {
            body: [{ Names: ["/web"], Ports: [{ IP: "0.0.0.0", PublicPort: 8080, Type: "tcp" }] }],
          },
        },
        programs: ss("0.0.0.0:8080", 'users:(("docker-proxy",pid=79,fd=6))'),
      },
      /^nobody else has what it/,
    ],
    [
      "a unit's process",
      {
        programs: {
          ...ss("[::]:8080", 'users:(("nginx",pid=77,fd=6))'),
          "ps -o unit= -p 77": "nginx.service\n",
        },
      },
      /^port 8080\/tcp is taken by nginx \(process 77\)$/,
      ["systemctl stop nginx.service"],
    ],
    [
      "a process of a login",
      {
        programs: { ...ss("0.0.0.0:8080", 'users:(("nc",pid=78,fd=6))'), "ps -o unit=": "session-3.scope\n" },
      },
      /nc \(process 78\)/,
      ["kill 78"],
    ],
    [
      "systemd, which is not to be killed",
      { programs: ss("*:8080", 'users:(("systemd",pid=1,fd=6))') },
      /systemd \(process 1\)/,
      ["systemctl list-sockets"],
    ],
    [
      "a process at another port",
      { programs: ss("0.0.0.0:18080", 'users:(("nc",pid=78,fd=6))') },
      /^nobody else has what it/,
    ],
  ];
  for (const [name, machine, message, commands] of cases) {
    await t.step(name, async () => {
      const config = `${CONFIG}container_create_args: [--publish, "8080:80"]\n`;
      const found = await finding("ports", { config, unit: DOWN, ...machine });
      match(found.message, message);
      deepEqual(found.commands, commands);
    });
  }
  await t.step("another address", async () => {
    const config = `${CONFIG}container_create_args: [--publish, "127.0.0.1:8080:80"]\n`;
    const found = await finding("ports", {
      config,
      unit: DOWN,
      programs: ss("10.0.0.1:8080", 'users:(("nc",pid=78,fd=6))'),
    });
    equal(found.verdict, "ok");
  });
});

Deno.test("doctor says that somebody has a port, where nothing tells who", async () => {
  const table =
    "  sl  local_address\n   1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n";
  const config = `${CONFIG}container_create_args: [--publish, "8080:80"]\n`;
  const find = (shown: string) =>
    finding("ports", { config, unit: DOWN, programs: { "cat /proc/net/tcp": shown } });
  match((await find(table)).message, /^port 8080\/tcp is taken by a program of this machine$/);
  equal((await find(table.replace(" 0A ", " 01 "))).verdict, "ok", "a connection is no listener");
});

Deno.test("doctor finds a network that is missing", async () => {
  const config = `${CONFIG}container_create_args: [--network, back, --network, front]\n`;
  const engine = { "/networks/front": { body: { Name: "front" } } };
  const found = await finding("network", { config, unit: DOWN, engine });
  deepEqual([found.message, found.commands], ["the network back does not exist", [
    "docker network create back",
  ]]);
});

Deno.test("doctor finds the sources of bind mounts that are missing", async () => {
  const found = async (source: string) =>
    await finding("bind mount", {
      config: `${CONFIG}container_create_args: [--mount, "type=bind,source=${source},target=/x"]\n`,
      unit: DOWN,
      texts: { [source]: null },
    });
  deepEqual((await found("/srv/my data")).commands, ["mkdir -p '/srv/my data'"]);
  const file = await found("/srv/web.conf");
  deepEqual([file.verdict, file.commands], ["problem", undefined], "a folder would be wrong");
});

Deno.test("doctor asks a registry with the credentials that the service would use", async (t) => {
  const config = "name: web\nimage: reg.lan:5000/app\n";
  const auth = btoa("deployer:old-pass");
  const text = JSON.stringify({ auths: { "reg.lan:5000": { auth } } });
  const registry = (request: Request) => {
    const header = request.headers.get("X-Registry-Auth") ?? "";
    const { password } = header === "" ? { password: "" } : JSON.parse(atob(header));
    return password === "good-pass"
      ? { body: {} }
      : { status: 403, body: { message: 'unauthorized: "<html>\\n<title>401 Go away</title>\\n</html>"' } };
  };
  const ask = async (machine: Machine) =>
    await finding("image", {
      config,
      engine: { "/distribution/reg.lan%3A5000/app/json": registry },
      ...machine,
    });
  const login = "login reg.lan:5000";
  const home = [`docker --config /srv/.docker ${login}`, "chown -R server-acct: /srv/.docker"];
  await t.step("taken", async () => {
    const good = text.replace(auth, btoa("deployer:good-pass"));
    equal((await ask({ texts: { "/srv/.docker/config.json": good } })).verdict, "ok");
  });
  await t.step("refused, of the account's home", async () => {
    const found = await ask({ texts: { "/srv/.docker/config.json": text } });
    deepEqual([found.verdict, found.commands], ["problem", home]);
    equal(
      found.message,
      'its registry refuses the credentials of "/srv/.docker/config.json": unauthorized: the page "401 Go away"',
    );
  });
  await t.step("none", async () => {
    const found = await ask({ texts: { "/srv/.docker/config.json": null } });
    deepEqual([found.verdict, found.commands], ["problem", home]);
    match(found.message, /wants a login, and the service has none/);
  });
  await t.step("none that anybody but root could see", async () => {
    const found = await ask({
      texts: { "/srv/.docker/config.json": null },
      programs: { "id --user": "1000\n" },
    });
    deepEqual([found.verdict, found.commands], ["unknown", undefined]);
  });
  await t.step("refused, of the unit's LoadCredential=", async () => {
    const found = await ask({
      texts: { "/etc/x/docker.json": text },
      programs: { "systemctl cat": "[Service]\nLoadCredential=docker-config:/etc/x/docker.json\n" },
    });
    match(found.message, /refuses the credentials of "\/etc\/x\/docker.json"/);
    deepEqual(found.commands?.filter((command) => command.includes("docker.json")), [
      "cp --no-preserve=all /etc/x/docker.json /run/docker-login/config.json",
      "cp --no-preserve=all /run/docker-login/config.json /etc/x/docker.json",
    ]);
  });
});
