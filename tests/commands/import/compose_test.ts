/** Compose files, read by the real Compose of Debian 13 and 14. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { importCompose } from "../../../src/commands/import.ts";
import { COMPOSE_SUITES, composeProgram, hostWithPrograms } from "../../support/docker_compose.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { type ImportOptions, importText } from "./import_text.ts";

/** The flags that these keys of a service come to, sorted: Compose has an order of its own. */
async function flagsOf(keys: string): Promise<string[]> {
  const { args, stderr, exitCode } = await importText(`services: {web: {image: nginx, ${keys}}}`);
  equal(exitCode, 0, stderr);
  return args.toSorted();
}

Deno.test("import of a Compose file carries the keys of a service over as flags", async (t) => {
  const cases: [keys: string, expected: string[]][] = [
    [`ports: ["8080:80", 443, "127.0.0.1:53:53/udp", "[::1]:90-91:90-91"]`, [
      "--publish=8080:80",
      "--publish=443",
      "--publish=127.0.0.1:53:53/udp",
      "--publish=[::1]:90:90",
      "--publish=[::1]:91:91",
    ]],
    [`ports: [{target: 80, published: "8080", host_ip: 127.0.0.1, protocol: tcp}]`, [
      "--publish=127.0.0.1:8080:80",
    ]],
    [`environment: {A: 1, B: yes, C: null}`, ["--env=A=1", "--env=B=yes", "--env=C"]],
    [`environment: [A=1, B, "DOLLAR=a$$b"]`, ["--env=A=1", "--env=B", "--env=DOLLAR=a$b"]],
    [`environment: {ID: 123456789012345678, N: 1.10, X: 0x1F}`, [
      "--env=ID=123456789012345678",
      "--env=N=1.1",
      "--env=X=31",
    ]],
    [`volumes: [/anon, ./conf:/conf:ro, ../up:/up, /abs:/abs:z, "~/own:/own"]`, [
      "--volume=/anon",
      "--volume=FOLDER/conf:/conf:ro",
      "--volume=ABOVE/up:/up",
      "--volume=/abs:/abs:z",
      `--volume=${Deno.env.get("HOME")}/own:/own`,
    ]],
    [`volumes: [{type: bind, source: ./a, target: /a, read_only: true, bind: {create_host_path: false}}]`, [
      "--mount=type=bind,source=FOLDER/a,target=/a,readonly",
    ]],
    [`volumes: [{type: bind, source: ./a, target: "/a:b", bind: {propagation: rslave}}]`, [
      "--mount=type=bind,source=FOLDER/a,target=/a:b,bind-propagation=rslave",
    ]],
    [`volumes: [{type: tmpfs, target: /t, tmpfs: {size: 64m, mode: 0o1777}}], tmpfs: "/run:size=64m"`, [
      "--mount=type=tmpfs,target=/t,tmpfs-size=67108864,tmpfs-mode=1777",
      "--tmpfs=/run:size=64m",
    ]],
    [`entrypoint: [/init, --now], command: serve --name 'a b'`, ["--entrypoint=/init"]],
    [`entrypoint: ""`, ["--entrypoint="]],
    [`extra_hosts: {host: 192.0.2.1, six: "::1"}, dns: 9.9.9.9, dns_search: [a.example]`, [
      "--add-host=host:192.0.2.1",
      "--add-host=six:::1",
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
    [`ulimits: {core: 0, nproc: {soft: 0, hard: 100}, rss: {soft: 0, hard: 0}, cpu: {soft: 5, hard: -1}}`, [
      "--ulimit=core=0",
      "--ulimit=nproc=0:100",
      "--ulimit=rss=0",
      "--ulimit=cpu=5:-1",
    ]],
    [`mem_limit: 512m, memswap_limit: -1, cpus: 1.5, pids_limit: 100, shm_size: 1gb`, [
      "--memory=512m",
      "--memory-swap=-1",
      "--cpus=1.5",
      "--pids-limit=100",
      "--shm-size=1g",
    ]],
    [`deploy: {resources: {limits: {cpus: "0.5", memory: 50M}, reservations: {memory: 20M}}}, cpus: 0.5`, [
      "--cpus=0.5",
      "--memory=50m",
      "--memory-reservation=20m",
    ]],
    [`stop_grace_period: 1m30s, stop_signal: SIGINT, user: "1000:1000", working_dir: /app`, [
      "--stop-timeout=90",
      "--stop-signal=SIGINT",
      "--user=1000:1000",
      "--workdir=/app",
    ]],
    [`network_mode: host`, ["--network=host"]],
    [`devices: ["/dev/a:/dev/b:rw", /dev/c, "vendor.com/dev=x"], labels: {a.b: c}, tty: true, hostname: h`, [
      "--device=/dev/a:/dev/b:rw",
      "--device=/dev/c",
      "--device=vendor.com/dev=x",
      "--label=a.b=c",
      "--tty",
      "--hostname=h",
    ]],
    [`gpus: all`, ["--gpus=all"]],
    [`deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1, capabilities: [gpu]}]}}}`, [
      "--gpus=1,driver=nvidia",
    ]],
    [
      `deploy: {resources: {reservations: {devices: [{device_ids: ["0", "3"], capabilities: [gpu, utility]}]}}}`,
      [
        `--gpus="device=0,3",capabilities=utility`,
      ],
    ],
    [`logging: {driver: local, options: {max-size: 10m}}`, ["--log-driver=local", "--log-opt=max-size=10m"]],
    [`healthcheck: {test: [NONE]}`, ["--no-healthcheck"]],
    [`healthcheck: {disable: true}`, ["--no-healthcheck"]],
    [
      `blkio_config: {weight: 300, weight_device: [{path: /dev/a, weight: 40}], device_read_bps: [{path: /dev/a, rate: 1mb}]}`,
      ["--blkio-weight=300", "--blkio-weight-device=/dev/a:40", "--device-read-bps=/dev/a:1048576"],
    ],
    [`stop_grace_period: 1.5s`, ["--stop-timeout=2"]],
    [`stop_grace_period: 0s`, ["--stop-timeout=0"]],
  ];
  for (const [keys, expected] of cases) {
    await t.step(keys, async () => deepEqual(await flagsOf(keys), expected.toSorted()));
  }
});

Deno.test("import of a Compose file says that an entrypoint taken away takes the image's command with it", async () => {
  const note = /^# entrypoint: here, an empty one takes the image's command away, too/m;
  for (const [keys, isTold] of [["entrypoint: []", true], ['entrypoint: "", command: sh', false]] as const) {
    const { text } = await importText(`services: {web: {image: nginx, ${keys}}}`);
    equal(note.test(text), isTold, text);
  }
});

Deno.test("import of a Compose file finds volumes and networks by the names that Compose gives them", async () => {
  const { args, text, config } = await importText(
    `
services:
  web:
    image: nginx
    volumes: [data:/data, kept:/kept, theirs:/theirs, nfs:/nfs]
    networks:
      back: null
      front:
        aliases: [www]
        ipv4_address: 172.20.0.5
        priority: 5
        mac_address: "02:42:ac:11:65:43"
        driver_opts: {a: b}
  db: {image: "mysql:8", container_name: shop-db, networks: [front], ipc: shareable}
  job:
    image: x
    network_mode: "service:db"
    ipc: "service:db"
    volumes_from: ["web:ro", "container:other"]
    links: ["db:database"]
volumes: {data: null, kept: {name: kept-name}, theirs: {external: true}, nfs: {driver_opts: {type: nfs, o: "addr=a,rw"}}}
networks:
  front:
    internal: true
    enable_ipv4: true
    driver_opts: {com.example: "1"}
    ipam: {config: [{subnet: 172.20.0.0/16, gateway: 172.20.0.1}]}
  back: {external: true}
`,
    { service: "web" },
  );
  deepEqual(args, [
    "--network=name=shop_front,alias=web,alias=www,ip=172.20.0.5,mac-address=02:42:ac:11:65:43,driver-opt=a=b",
    "--network=name=back,alias=web",
    "--volume=shop_data:/data",
    "--volume=kept-name:/kept",
    "--volume=theirs:/theirs",
    "--volume=shop_nfs:/nfs",
  ]);
  const commands = text.split("\n").filter((line) => line.includes(" create "));
  deepEqual(commands, [
    "#     docker network create --opt=com.example=1 --internal --subnet=172.20.0.0/16 --gateway=172.20.0.1 shop_front",
    "#     docker volume create --opt=o=addr=a,rw --opt=type=nfs shop_nfs",
  ]);
  equal(config?.monitor.publicNetworkName, undefined, "without checks nothing is said of a network");
});

Deno.test("import of a Compose file refers to the containers of other services by their names", async () => {
  const compose = `
services:
  web: {image: nginx, depends_on: {db: {condition: service_healthy, restart: true}, job: {condition: service_completed_successfully}, log: {condition: service_started, required: false}}}
  db: {image: "mysql:8", container_name: blog-db}
  log: {image: x, deploy: {replicas: 2}}
  job:
    image: x
    network_mode: "service:db"
    ipc: "service:db"
    pid: "container:other"
    volumes_from: ["log:ro", "container:other"]
`;
  const { args, text } = await importText(compose, { service: "job" });
  deepEqual(args, [
    "--ipc=container:blog-db",
    "--network=container:blog-db",
    "--pid=container:other",
    "--volumes-from=log:ro",
    "--volumes-from=other",
  ]);
  match(text, /^# {5}Wants=service_runner@blog-db\.service service_runner@log\.service$/m);
  const web = await importText(compose, { service: "web" });
  match(web.text, /# depends_on: .*systemctl edit service_runner@web"/);
  match(web.text, /^# {5}Requires=service_runner@blog-db\.service$/m);
  match(web.text, /^# {5}Wants=service_runner@job\.service service_runner@log\.service$/m);
  match(web.text, /^# {5}After=service_runner@blog-db\.service .*@job\.service .*@log\.service$/m);
  match(web.text, /^# {5}PartOf=service_runner@blog-db\.service$/m);
  match(web.text, /# blog-db is to be healthy: .*ready: \{ when: checks \}/);
  const log = await importText(compose, { service: "log" });
  match(log.text, /# (?:scale|deploy\.replicas): 2, but there is one container a service/);
  match(web.text, /# job is to have ended before: that is a unit of Type=oneshot/);
});

Deno.test("import of a Compose file makes checks, commands and a suggestion for what it needs", async (t) => {
  for (const suite of COMPOSE_SUITES) {
    await t.step(suite, async () => {
      const { text, config, stderr, exitCode } = await importText(
        `
services:
  web:
    image: ghost:\${TAG:-5}
    container_name: blog
    entrypoint: [/init, --now]
    command: serve --name 'a b' \${NOT_SET}
    restart: always
    depends_on: {db: {condition: service_started}}
    healthcheck: {test: "curl -f http://localhost:2368/ghost || exit 1", interval: 1m, timeout: 5s, retries: 3}
    environment: ["PASSWORD=\${PW}", "PRICE=5$$"]
    env_file: [some.env, {path: missing.env, required: false}]
    post_start: [{command: "echo hi"}]
    build: {context: ./src, target: prod, args: {V: "1.50"}, cache_from: [old]}
    x-ours: {a: b}
  db: {image: "mysql:8", container_name: blog-db}
`,
        {
          service: "web",
          suite,
          files: {
            "src/Dockerfile": "FROM ghost",
            ".env": "PW='from dotenv'\n",
            "some.env": `GREETING="hello world"\nTRAIL=value # a comment\n`,
          },
        },
      );
      equal(exitCode, 0, stderr);
      equal(config?.name, "blog");
      equal(config?.image, "ghost:5");
      equal(config?.pull, "missing");
      deepEqual([config?.build?.target, config?.build?.args], ["prod", { V: "1.50" }]);
      match(config?.build?.context ?? "", /\/shop\/src$/);
      deepEqual(config?.serviceArgs, ["--now", "serve", "--name", "a b"]);
      const [check] = config?.monitor.checkHttp ?? [];
      deepEqual([check?.path, check?.port], ["/ghost", 2368]);
      deepEqual([check?.options.frequencyTicks, check?.options.timeoutMs], [60, 5000]);
      for (const variable of ["PASSWORD=from dotenv", "PRICE=5$", "GREETING=hello world", "TRAIL=value"]) {
        ok(config?.containerCreateArgs.includes(`--env=${variable}`), variable);
      }
      match(text, /# depends_on: .*service_runner@blog"/);
      match(text, /# {5}After=service_runner@blog-db\.service/);
      match(text, /# restart always: systemd restarts/);
      match(text, /# post_start: not carried over: \[.*"echo","hi"/);
      match(text, /# build\.cache_from: not carried over: \["old"\]/);
      match(text, /--network=name=shop_default,alias=web/);
      match(text, /^# {5}docker network create shop_default$/m);
      ok(!text.includes("x-ours"));
      match(stderr, /NOT_SET.* variable is not set/);
    });
  }
});

Deno.test("import passes on to Compose what it is told of files, profiles and names", async () => {
  const compose = "services: {web: {image: 'nginx:${TAG}', profiles: [debug]}, db: {image: a1}}";
  const files = {
    "more.yaml": "services: {db: {hostname: more}}",
    "other.env": "TAG=7",
    "compose.override.yaml": "services: {db: {hostname: over}}",
  };
  const options = { profile: ["debug"], "env-file": ["other.env"], "project-name": ["market"] };
  const web = await importText(compose, { service: "web", files, options });
  equal(web.config?.image, "nginx:7");
  deepEqual(web.args, ["--network=name=market_default,alias=web"]);
  const several = await importText(compose, { files, options });
  match(several.stderr, /several services, name one of them: "db", "web"/);
  // As "docker compose up" does it in this folder.
  const over = await importText(compose, { service: "db", files });
  ok(over.args.includes("--hostname=over"));
  match(over.text, /^# Imported from compose\.yaml and .*compose\.override\.yaml, service db\.$/m);
  const named = await importText(compose, { service: "db", files, areNamed: true });
  ok(!named.args.includes("--hostname=over"), "not where -f names the files");
  const more = await importText(compose, { service: "db", files, named: ["compose.yaml", "more.yaml"] });
  ok(more.args.includes("--hostname=more"));
});

Deno.test("import of a Compose file says what is wrong with it", async () => {
  const two = "services: {web: {image: a1}, db: {image: b1}}";
  const cases: [text: string, options: ImportOptions, expected: RegExp][] = [
    [two, {}, /several services, name one of them: "db", "web"/],
    [two, { service: "wbe" }, /no service "wbe"; did you mean "web"\?/],
    ["services: [", {}, /yaml: line 1: /],
    ["", {}, /empty compose file/],
    ["web: {image: nginx}", {}, /additional propert.*web.* not allowed/i],
    ["services: {web: {image: 'x:${TAG:?which one}'}}", {}, /variable TAG .*which one/],
    ["services: {web: {image: nginx, environment: [A: b]}}", {}, /environment\.\[0\]: unexpected type/],
    ["services: {web: {image: nginx, ports: ['80:x']}}", {}, /invalid containerPort/i],
    [
      "services: {web: {image: nginx, healthcheck: {test: a, interval: soon}}}",
      {},
      /interval.*(?:soon|duration)/,
    ],
    ["services: {web: {image: Nginx}}", {}, /image: .*must be lowercase/],
    [
      "services: {web: {provider: {type: awesomecloud}}}",
      {},
      /provider: no container is made for such a service/,
    ],
    [two, { named: ["nothing.yaml"] }, /Cannot import "nothing\.yaml": there is no such file/],
  ];
  for (const [text, options, expected] of cases) {
    const { exitCode, stderr } = await importText(text, options);
    equal(exitCode, 78, text);
    match(stderr, expected);
  }
});

Deno.test("import says how to read a Compose file where there is no Compose 2", async () => {
  await using dir = await tempDir();
  const file = await dir.write("compose.yaml", "services: {web: {image: nginx}}");
  const old = await dir.write("old", "#!/bin/sh\necho 1.29.2\n");
  await Deno.chmod(old, 0o755);
  for (
    const [programs, expected] of [
      [{}, /takes Docker Compose 2 to read it, which is not installed here\. Debian 13 .*docker-compose/],
      [{ "docker-compose": old }, /; "docker-compose" is version 1\.29\.2/],
    ] as const
  ) {
    const request = { files: [file], areNamed: false, service: "web", options: {} } as const;
    const { exitCode, stderr } = await importCompose(request, hostWithPrograms(programs));
    equal(exitCode, 78);
    match(stderr, expected);
    match(stderr, /^ {4}docker compose config --format json \| service_runner import - web$/m);
  }
});

Deno.test("import prefers the plugin of the Docker CLI", async () => {
  await using dir = await tempDir();
  const program = await composeProgram("trixie");
  const docker = await dir.write("docker", `#!/bin/sh\nshift\nexec ${program} "$@"\n`);
  await Deno.chmod(docker, 0o755);
  const file = await dir.write("compose.yaml", "services: {web: {image: nginx}}");
  const request = { files: [file], areNamed: false, service: "web", options: {} } as const;
  const { stdout, exitCode } = await importCompose(request, hostWithPrograms({ docker }));
  equal(exitCode, 0);
  match(stdout, /^image: nginx$/m);
});
