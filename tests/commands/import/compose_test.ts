import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { importCompose } from "../../../src/commands/import.ts";
import { COMPOSE_KEYS } from "../../../src/commands/import/compose_keys.ts";
import { checkFile } from "../../../src/commands/validate/check_file.ts";
import { loadServiceConfig } from "../../../src/config/load_config.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import { tempDir } from "../../support/temp_dir.ts";

interface Options {
  readonly service?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

/** The config of a service of a Compose file in the folder `shop`, which stands for FOLDER. */
async function importText(compose: string, { service, env = {}, files = {} }: Options = {}) {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(files)) await dir.write(`shop/${name}`, text);
  await dir.write("shop/compose.yaml", compose);
  const host = { ...denoHost(), cwd: () => `${dir.path}/shop`, env: (name: string) => env[name] };
  const { stdout, stderr, exitCode } = await importCompose({ file: "compose.yaml", service }, host);
  if (exitCode !== 0) return { text: stdout, stderr, exitCode, args: [], config: undefined };
  const file = await dir.write("shop/out.yaml", stdout);
  deepEqual((await checkFile(file, host)).errors, [], stdout);
  const { config } = await loadServiceConfig(file, host);
  const args = config.containerCreateArgs.map((argument) =>
    argument.replaceAll(`${dir.path}/shop`, "FOLDER")
  );
  return { text: stdout, stderr, exitCode, args, config };
}

/** The flags that these keys of a service come to. */
async function flagsOf(keys: string, top = ""): Promise<string[]> {
  return (await importText(`services: {web: {image: nginx, ${keys}}}\n${top}`)).args;
}

Deno.test("import of a Compose file carries the keys of a service over as flags", async (t) => {
  const cases: [keys: string, expected: string[]][] = [
    [`ports: ["8080:80", 443, "127.0.0.1:53:53/udp"]`, [
      "--publish=8080:80",
      "--publish=443",
      "--publish=127.0.0.1:53:53/udp",
    ]],
    [`ports: [{target: 80, published: "8080", host_ip: 127.0.0.1, protocol: tcp}]`, [
      "--publish=127.0.0.1:8080:80/tcp",
    ]],
    [`environment: {A: 1, B: yes, C: null}`, ["--env=A=1", "--env=B=yes", "--env=C"]],
    [`environment: [A=1, B]`, ["--env=A=1", "--env=B"]],
    [`volumes: [/anon, ./conf:/conf:ro, ../up:/up, /abs:/abs, other:/other]`, [
      "--volume=/anon",
      "--volume=FOLDER/conf:/conf:ro",
      "--volume=" + "UP:/up",
      "--volume=/abs:/abs",
      "--volume=other:/other",
    ]],
    [
      `volumes: [{type: bind, source: ./a, target: /a, read_only: true}, {type: tmpfs, target: /t, tmpfs: {size: 64m}}]`,
      [
        "--mount=type=bind,source=FOLDER/a,target=/a,readonly",
        "--tmpfs=/t:size=64m",
      ],
    ],
    [`entrypoint: [/init, --now], command: serve --name 'a b'`, ["--entrypoint=/init"]],
    [`extra_hosts: {host: 192.0.2.1}, dns: 9.9.9.9, dns_search: [a.example]`, [
      "--add-host=host:192.0.2.1",
      "--dns=9.9.9.9",
      "--dns-search=a.example",
    ]],
    [`cap_add: [NET_ADMIN], cap_drop: [ALL], privileged: true, read_only: false, init: true`, [
      "--cap-add=NET_ADMIN",
      "--cap-drop=ALL",
      "--privileged",
      "--init",
    ]],
    [`ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}, sysctls: {net.core.somaxconn: 1024}`, [
      "--ulimit=nproc=65535",
      "--ulimit=nofile=20000:40000",
      "--sysctl=net.core.somaxconn=1024",
    ]],
    [`mem_limit: 512m, cpus: 1.5, pids_limit: 100, shm_size: 1gb`, [
      "--memory=512m",
      "--cpus=1.5",
      "--pids-limit=100",
      "--shm-size=1gb",
    ]],
    [`deploy: {resources: {limits: {cpus: "0.5", memory: 50M}, reservations: {memory: 20M}}}`, [
      "--cpus=0.5",
      "--memory=50M",
      "--memory-reservation=20M",
    ]],
    [`stop_grace_period: 1m30s, stop_signal: SIGINT, user: "1000:1000", working_dir: /app`, [
      "--stop-timeout=90",
      "--stop-signal=SIGINT",
      "--user=1000:1000",
      "--workdir=/app",
    ]],
    [`network_mode: host`, ["--network=host"]],
    [`devices: ["/dev/a:/dev/b:rw"], labels: {a.b: c}, tty: true, hostname: h`, [
      "--device=/dev/a:/dev/b:rw",
      "--label=a.b=c",
      "--tty",
      "--hostname=h",
    ]],
  ];
  for (const [keys, expected] of cases) {
    await t.step(keys, async () => {
      const flags = (await flagsOf(keys)).map((flag) => flag.replace(/=\/[^:]*\/up:/, "=UP:"));
      deepEqual(flags, expected);
    });
  }
});

Deno.test("import of a Compose file finds volumes and networks by the names that Compose has given them", async () => {
  const { args, text, config } = await importText(`
services:
  web:
    image: nginx
    volumes: [data:/data, kept:/kept, theirs:/theirs]
    networks: {front: {aliases: [www], ipv4_address: 172.20.0.5}, back: null}
volumes: {data: null, kept: {name: kept-name}, theirs: {external: true}}
networks: {front: null, back: {external: true}}
`);
  deepEqual(args, [
    "--volume=shop_data:/data",
    "--volume=kept-name:/kept",
    "--volume=theirs:/theirs",
    "--network=name=shop_front,alias=www,ip=172.20.0.5",
    "--network=back",
  ]);
  match(text, /docker network create shop_front/);
  equal(config?.monitor.publicNetworkName, "public", "without checks nothing is said of a network");
});

Deno.test("import of a Compose file makes checks, commands and a suggestion for what it needs", async () => {
  const { text, config } = await importText(
    `
services:
  web:
    image: ghost:\${TAG:-5}
    container_name: blog
    entrypoint: [/init, --now]
    command: serve --name 'a b'
    restart: always
    depends_on: {db: {condition: service_healthy}}
    healthcheck: {test: "curl -f http://localhost:2368/ghost || exit 1", interval: 1m, timeout: 5s, retries: 3}
    environment: ["PASSWORD=\${PW}", "PRICE=5$$"]
    something_new: 1
    build: ./src
  db: {image: mysql:8, container_name: blog-db}
`,
    { service: "web", files: { ".env": "PW='from dotenv'\n" } },
  );
  equal(config?.name, "blog");
  equal(config?.image, "ghost:5");
  equal(config?.pull, "never");
  deepEqual(config?.serviceArgs, ["--now", "serve", "--name", "a b"]);
  const [check] = config?.monitor.checkHttp ?? [];
  deepEqual([check?.path, check?.port], ["/ghost", 2368]);
  deepEqual([check?.options.frequencyTicks, check?.options.timeoutMs], [60, 5000]);
  ok(config?.containerCreateArgs.includes("--env=PASSWORD=from dotenv"));
  ok(config?.containerCreateArgs.includes("--env=PRICE=5$"));
  match(text, /# depends_on: .*service_runner@blog"/);
  match(text, /# {5}After=service_runner@blog-db\.service/);
  match(text, /# restart always: systemd restarts/);
  match(text, /# something_new: not carried over: 1/);
  match(text, /docker build --tag IMAGE .*\/shop\/src/);
  match(text, /--network=name=shop_default,alias=web/);
});

Deno.test("import of a Compose file refuses durations that are none, and takes none for another", async () => {
  const period = async (text: string) => await flagsOf(`stop_grace_period: ${text}`);
  deepEqual(await period("1.5s"), ["--stop-timeout=2"]);
  deepEqual(await period("0s"), ["--stop-timeout=0"]);
  const nothing = await importText(
    "services: {web: {image: nginx, stop_grace_period: , healthcheck: {test: a, interval: }}}",
  );
  deepEqual([nothing.exitCode, nothing.args], [0, []]);
  const times = ["stop_grace_period", "interval", "timeout", "start_period"];
  for (const key of times) {
    for (const text of ["soon", "''", "30", "1m30", "1d", "-5s", "9999999h", "{a: 1}"]) {
      const keys = key === "stop_grace_period"
        ? `stop_grace_period: ${text}`
        : `healthcheck: {test: a, ${key}: ${text}}`;
      const { exitCode, stderr } = await importText(`services: {web: {image: nginx, ${keys}}}`);
      equal(exitCode, 78, keys);
      match(stderr, /Cannot import "compose\.yaml": (?:stop_grace_period|healthcheck): .*duration "/);
    }
  }
  for (const retries of ["many", "-1", "2.5"]) {
    const { exitCode, stderr } = await importText(
      `services: {web: {image: nginx, healthcheck: {test: a, retries: ${retries}}}}`,
    );
    equal(exitCode, 78);
    ok(stderr.includes(`healthcheck: `) && stderr.includes(`"${retries}"`), stderr);
  }
  const { text } = await importText(
    "services: {web: {image: nginx, healthcheck: {test: a, start_interval: 1s}}}",
  );
  match(text, /# healthcheck\.start_interval: there is no such thing here/);
});

Deno.test("import of a Compose file says what is wrong with it", async () => {
  const two = "services: {web: {image: a1}, db: {image: b1}}";
  const cases: [text: string, options: Options, expected: RegExp][] = [
    [two, {}, /several services, name one of them: "web", "db"/],
    [two, { service: "wbe" }, /no service "wbe"; did you mean "web"\?/],
    ["services: [", {}, /compose\.yaml:1:\d+: /],
    ["services: {web: &web {image: nginx, more: *web}}", {}, /compose\.yaml:1:\d+: .*aliases that unfold/],
    ["", {}, /it has no "services"/],
    ["web: {image: nginx}", {}, /it has no "services"/],
    ["services: {web: {image: 'x:${TAG:?which one}'}}", {}, /variable TAG is not set: which one/],
    ["services: {web: {image: nginx, ports: ['80:x']}}", {}, /invalid containerPort/],
    [
      "services: {web: {image: nginx, healthcheck: {test: a, interval: soon}}}",
      {},
      /healthcheck: .*duration "soon"/,
    ],
    ["services: {web: {image: nginx, healthcheck: {test: a, retries: many}}}", {}, /healthcheck: .*"many"/],
    ["services: {web: {image: Nginx}}", {}, /image: .*must be lowercase/],
  ];
  for (const [text, options, expected] of cases) {
    const { exitCode, stderr } = await importText(text, options);
    equal(exitCode, 78);
    match(stderr, expected);
  }
});

Deno.test("import of a Compose file ends with a message whatever its keys hold", async () => {
  const host = { ...denoHost(), cwd: () => dir.path, env: () => undefined };
  await using dir = await tempDir();
  const known = fc.constantFrom(...COMPOSE_KEYS.keys(), "target", "source", "type", "file", "x-more");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, 0, -1.5, "", "a", "1:2", "./a", "$", "${A:?b}", "–x"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(known, tie("value"), { maxKeys: 3 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(known, value, { maxKeys: 5 }), value, async (service, top) => {
      const compose = { services: { web: { image: "nginx", ...service } }, volumes: top, secrets: top };
      await dir.write("compose.yaml", JSON.stringify(compose));
      const { exitCode, stdout, stderr } = await importCompose(
        { file: "compose.yaml", service: undefined },
        host,
      );
      ok(exitCode === 0 ? stdout !== "" : exitCode === 78 && stderr !== "", JSON.stringify(compose));
    }),
    { numRuns: 500 },
  );
});
