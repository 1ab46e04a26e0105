/** Compose files by which importers have failed, each after a public report, and what is right; by the real Compose. */
import { deepEqual, equal, match } from "node:assert/strict";
import { COMPOSE_SUITES } from "../../support/docker_compose.ts";
import { type ImportOptions, importText } from "./import_text.ts";

interface Report {
  readonly compose: string;
  readonly files?: ImportOptions["files"];
  /** Of each service, as the config has them; without the networks where they are not what it is about. */
  readonly args: Readonly<Record<string, readonly string[]>>;
}

const REPORTS: Readonly<Record<string, Report>> = {
  "docker/compose#8388: env_file": {
    compose: `
services:
  a: { image: busybox, env_file: a.env }
  b: { image: busybox, env_file: b.env }
  c: { image: busybox, env_file: [{ path: missing.env, required: false }] }
`,
    files: {
      "a.env":
        `GREETING="hello world"\nLITERAL='$5'\nTRAIL=value # a comment\nURL=https://\${DOMAIN:-example.com}/x\n`,
      "b.env": "export MODE=prod\nPORT = 8080\n",
    },
    args: {
      a: [
        "--env=GREETING=hello world",
        "--env=LITERAL=$5",
        "--env=TRAIL=value",
        "--env=URL=https://example.com/x",
      ],
      b: ["--env=MODE=prod", "--env=PORT=8080"],
      c: [],
    },
  },
  "podman-compose#743: the service's name on a named network": {
    compose: `
name: elk
services:
  elasticsearch: { image: elasticsearch, container_name: es, networks: [elastic] }
  kibana: { image: kibana, container_name: kib, networks: [elastic] }
networks: { elastic: {} }
`,
    args: {
      elasticsearch: ["--network=name=elk_elastic,alias=elasticsearch"],
      kibana: ["--network=name=elk_elastic,alias=kibana"],
    },
  },
  "vscode-containers#536: big integers, and what else is no text": {
    compose: `
services:
  bot:
    image: example/bot
    environment: { GUILD_ID: 123456789012345678, VERSION: 1.10, HEX: 0x1F, ON: yes, OCTAL: 0o17, FLOAT: 1e3, NO: false }
    command: [bot]
`,
    args: {
      bot: [
        "--env=FLOAT=1000",
        "--env=GUILD_ID=123456789012345678",
        "--env=HEX=31",
        "--env=NO=false",
        "--env=OCTAL=15",
        "--env=ON=yes",
        "--env=VERSION=1.1",
      ],
    },
  },
  "podman-compose#919: a reservation of GPUs": {
    compose: `
services:
  llm:
    image: example/llm
    deploy: { resources: { reservations: { devices: [{ driver: nvidia, count: 1, capabilities: [gpu] }] } } }
  all:
    image: example/llm
    deploy: { resources: { reservations: { devices: [{ count: all, capabilities: [gpu] }] } } }
  some:
    image: example/llm
    deploy: { resources: { reservations: { devices: [{ device_ids: ["0", "3"], capabilities: [gpu, utility] }] } } }
`,
    args: {
      llm: ["--gpus=1,driver=nvidia"],
      all: ["--gpus=all"],
      some: [`--gpus="device=0,3",capabilities=utility`],
    },
  },
  "podman-compose#491: .env": {
    compose: `
services:
  web:
    image: x/y
    volumes: ["\${DATA}/conf:/conf:ro"]
    environment: [TOKEN, "E=\${ESC}", "M=\${MULTI}"]
`,
    files: {
      ".env": `BASE=/srv/x\nDATA=\${BASE:-/mnt}/data\nESC="a\\tb"\nMULTI="first\nsecond"\nTOKEN=secret\n`,
    },
    args: {
      web: [
        "--env=E=a\tb",
        "--env=M=first\nsecond",
        "--env=TOKEN=secret",
        "--volume=/srv/x/data/conf:/conf:ro",
      ],
    },
  },
};

/** What `podman-compose#1188` lost, but for a line that Compose refuses. */
const DROPPED = `
name: demo
services:
  web:
    image: x/y
    healthcheck: { test: ["NONE"] }
    volumes:
      - { type: volume, source: d, target: /d, volume: { subpath: only/this } }
      - { type: tmpfs, target: /t, tmpfs: { mode: 0o1777 } }
      - { type: bind, source: ./c, target: /c, bind: { create_host_path: true, selinux: z } }
    volumes_from: ["data:ro"]
    networks: { front: { mac_address: "02:42:ac:11:65:43", driver_opts: { a: b } } }
    command: echo \${NOT_SET}
  data: { image: x/z, container_name: my_data }
networks: { front: {} }
volumes: { d: {} }
`;

for (const suite of COMPOSE_SUITES) {
  for (const [name, { compose, files = {}, args }] of Object.entries(REPORTS)) {
    Deno.test(`import by Compose of ${suite}: ${name}`, async () => {
      for (const [service, expected] of Object.entries(args)) {
        const { args: found, exitCode, stderr } = await importText(compose, { service, files, suite });
        equal(exitCode, 0, stderr);
        const isAsked = (flag: string) => name.includes("network") || !flag.startsWith("--network");
        deepEqual(found.filter(isAsked).toSorted(), expected, service);
      }
    });
  }

  Deno.test(`import by Compose of ${suite}: podman-compose#1188: options that are dropped`, async () => {
    const refused = await importText(
      DROPPED.replace("    command:", "    environment: [A: b]\n    command:"),
      {
        service: "web",
        suite,
      },
    );
    equal(refused.exitCode, 78);
    match(refused.stderr, /services\.web\.environment\.\[0\]: unexpected type map/);
    const { args, stderr, config } = await importText(DROPPED, { service: "web", suite });
    deepEqual(args.toSorted(), [
      "--mount=type=tmpfs,target=/t,tmpfs-mode=1777",
      "--mount=type=volume,source=demo_d,target=/d,volume-subpath=only/this",
      "--network=name=demo_front,alias=web,mac-address=02:42:ac:11:65:43,driver-opt=a=b",
      "--no-healthcheck",
      "--volume=FOLDER/c:/c:z",
      "--volumes-from=my_data:ro",
    ]);
    deepEqual(config?.serviceArgs, ["echo"]);
    match(stderr, /"NOT_SET\\?" variable is not set/);
  });
}
