/** A service that is imported gets the container that `docker compose up` makes, field by field, on a real engine. */
import { deepEqual, equal } from "node:assert/strict";
import type Docker from "dockerode";
import { importCompose } from "../../src/commands/import.ts";
import type { EndpointSettings, HostConfig as Host } from "../../src/engine/create_body.ts";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { adaptToApiVersion } from "../../src/plan/api_version.ts";
import { planService } from "../../src/start/plan_service.ts";
import { programOutput } from "../e2e/support/program_output.ts";
import { ensurePrograms } from "../support/debian_packages.ts";
import { composeProgram, hostWithCompose } from "../support/docker_compose.ts";
import { differences, type MeantDifference } from "../support/inspect_differences.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { TEST_IMAGES, testEngine } from "../support/test_engine.ts";

/** WEB and DB stand for the names of services, IMAGE for an image; what comes first is needed by the next. */
const FILES: Readonly<Record<string, string>> = {
  "one service": "services: {WEB: {image: IMAGE}}",
  "command and entrypoint":
    `services: {WEB: {image: IMAGE, entrypoint: [sh, -c], command: ["sleep 5", "a b"], working_dir: /srv, user: "1000"}}`,
  "entrypoint taken away": `services: {WEB: {image: IMAGE, entrypoint: "", command: [sh]}}`,
  "empty command": "services: {WEB: {image: IMAGE, command: []}}",
  "environment":
    `services: {WEB: {image: IMAGE, environment: {A: 1, B: "x y", C: "$$5", EMPTY: ""}, env_file: [more.env]}}`,
  "ports":
    `services: {WEB: {image: IMAGE, ports: ["127.0.0.1:18181:80", 443, "53/udp", "127.0.0.1:18190-18191:90-91"], expose: [99, 7/udp]}}`,
  "bind mounts": "services: {WEB: {image: IMAGE, volumes: [./made:/a, ./conf:/b:ro, /tmp:/c:rslave]}}",
  "long bind mounts":
    "services: {WEB: {image: IMAGE, volumes: [{type: bind, source: ./conf, target: /a, read_only: true, bind: {create_host_path: false, propagation: rslave}}]}}",
  "volumes":
    "services: {WEB: {image: IMAGE, volumes: [data:/data, kept:/kept:ro, /anonymous, {type: volume, source: data, target: /n, volume: {nocopy: true}}]}}\nvolumes: {data: {}, kept: {labels: {a: b}}}",
  "tmpfs":
    `services: {WEB: {image: IMAGE, tmpfs: ["/run", "/t:size=64k"], volumes: [{type: tmpfs, target: /m, tmpfs: {size: 1m, mode: 0o1777}}]}}`,
  "own networks": `
services:
  DB: {image: IMAGE, networks: [back]}
  WEB: {image: IMAGE, networks: {back: null, front: {aliases: [www], ipv4_address: 10.29.77.5, priority: 9, driver_opts: {a: b}}}}
networks:
  back: {internal: true}
  front: {ipam: {config: [{subnet: 10.29.77.0/24, gateway: 10.29.77.1}]}, labels: {a: b}}
`,
  "default network":
    "services: {DB: {image: IMAGE}, WEB: {image: IMAGE, depends_on: [DB], links: ['DB:database']}}",
  "hardware address": `services: {DB: {image: IMAGE}, WEB: {image: IMAGE, mac_address: "02:42:ac:11:65:43"}}`,
  "network of the host": "services: {WEB: {image: IMAGE, network_mode: host, uts: host, pid: host}}",
  "no network": "services: {WEB: {image: IMAGE, network_mode: none}}",
  "namespaces of a service":
    `services: {DB: {image: IMAGE, ipc: shareable}, WEB: {image: IMAGE, network_mode: "service:DB", ipc: "service:DB", pid: "service:DB"}}`,
  "volumes of a service":
    "services: {DB: {image: IMAGE, volumes: [/data]}, WEB: {image: IMAGE, volumes_from: ['DB:ro']}}",
  "limits":
    "services: {WEB: {image: IMAGE, mem_limit: 64m, memswap_limit: 128m, mem_reservation: 32m, cpus: 0.5, pids_limit: 100, shm_size: 1m, oom_score_adj: 10, ulimits: {nofile: {soft: 100, hard: 200}, nproc: 50, core: 0, rss: {soft: 0, hard: 9}}}}",
  "limits of a deployment":
    `services: {WEB: {image: IMAGE, deploy: {resources: {limits: {cpus: "0.25", memory: 64M, pids: 50}, reservations: {memory: 32M}}}}}`,
  "security":
    `services: {WEB: {image: IMAGE, cap_add: [NET_ADMIN], cap_drop: [ALL], read_only: true, security_opt: ["no-new-privileges:true"], group_add: ["10"], init: true, privileged: false}}`,
  "names and resolvers":
    `services: {WEB: {image: IMAGE, hostname: here, domainname: example.org, dns: [9.9.9.9], dns_search: [a.example], dns_opt: [use-vc], extra_hosts: {other: 192.0.2.1, six: "::1"}}}`,
  "labels and logging":
    "services: {WEB: {image: IMAGE, labels: {a.b: c}, annotations: {d: e}, logging: {driver: json-file, options: {max-size: 1m}}, tty: true, stdin_open: true, stop_signal: SIGINT, stop_grace_period: 7.5s}}",
  "secrets and configs":
    "services: {WEB: {image: IMAGE, secrets: [s, {source: s, target: /own/s}], configs: [c]}}\nsecrets: {s: {file: ./conf/s}}\nconfigs: {c: {file: ./conf/s}}",
  "no health check":
    "services: {WEB: {image: IMAGE, healthcheck: {disable: true}, sysctls: {net.core.somaxconn: 99}, devices: [/dev/null]}}",
};

Deno.test("an imported service has the container that Compose makes", async (t) => {
  await ensurePrograms([{ program: "docker", package: "docker-cli" }]);
  for (const [name, file] of Object.entries(FILES)) {
    await t.step(name, async () => {
      const id = crypto.randomUUID().slice(0, 8);
      const names = { WEB: `web${id}`, DB: `db${id}` };
      const compose = file.replaceAll("IMAGE", TEST_IMAGES.web).replaceAll(
        /WEB|DB/g,
        (key) => names[key as "WEB"],
      );
      await using dir = await tempDir();
      await dir.write(`p${id}/compose.yaml`, compose);
      await dir.write(`p${id}/more.env`, "MORE='a b'\n");
      await dir.write(`p${id}/conf/s`, "secret\n");
      const services = [names.DB, names.WEB].filter((service) => compose.includes(service));
      await compare(services, dir, `${dir.path}/p${id}`);
    });
  }
});

async function compare(services: readonly string[], dir: TempDir, folder: string): Promise<void> {
  const engine = testEngine();
  const env = { DOCKER_HOST: `unix://${engine.socketPath}`, PATH: Deno.env.get("PATH") ?? "" };
  const program = await composeProgram("forky");
  const compose = (...words: string[]) =>
    programOutput(program, ["-f", `${folder}/compose.yaml`, ...words], { env });
  const project = folder.slice(folder.lastIndexOf("/") + 1);
  await compose("up", "--no-start");
  const theirs = new Map<string, Docker.ContainerInspectInfo>();
  for (const service of services) theirs.set(service, (await engine.inspect(`${project}-${service}-1`))!);
  await compose("down", "--volumes");
  const ids = new Map([...theirs].map(([service, { Id }]) => [Id, service]));
  const host = { ...await hostWithCompose(), cwd: () => folder };
  const { ApiVersion } = await engine.docker.version();
  await using stack = new AsyncDisposableStack();
  for (const service of services) {
    const request = { files: ["compose.yaml"], areNamed: false, service, options: {} } as const;
    const { stdout, stderr } = await importCompose(request, host);
    equal(stderr, "");
    for (
      const [, command = "", kind = ""] of stdout.matchAll(/^# {5}(docker (network|volume) create .*)$/gm)
    ) {
      const made = await programOutput("sh", ["-c", `${command} 2>&1 || true`], { env });
      if (!made.includes("already exists")) stack.defer(() => remove(kind, made.trim(), env));
    }
    const loaded = await loadServiceConfig(await dir.write(`${service}.yaml`, stdout), host);
    const { name, create } = await planService(loaded, host);
    const { body, connect } = adaptToApiVersion(create.body, ApiVersion);
    const container = await engine.docker.createContainer({ name, ...body } as Docker.ContainerCreateOptions);
    stack.defer(() => engine.removeContainer(container.id));
    ids.set(container.id, service);
    for (const { network, endpoint } of connect) {
      const connection = {
        Container: container.id,
        EndpointConfig: endpoint,
      } as Docker.NetworkConnectOptions;
      await engine.docker.getNetwork(network).connect(connection);
    }
    const ours = comparable((await engine.inspect(container.id))!, service, ids);
    deepEqual(differences(ours, comparable(theirs.get(service)!, service, ids), MEANT), []);
  }
}

async function remove(kind: string, name: string, env: Record<string, string>): Promise<void> {
  await programOutput("docker", [kind, "rm", name], { env });
}

/** Where the two differ on purpose, or not in effect. */
const MEANT: readonly MeantDifference[] = [
  [
    /^(?:HostConfig\.NetworkMode|networks\.0\.0): "(?:default|bridge)", the other has "p\w+_default"$/,
    "a lone service needs no network",
  ],
  [/^networks\.0\.1\.Aliases: undefined, the other has \["web\w+"\]$/, "the same"],
  [
    /^HostConfig\.Runtime: undefined, the other has "runc"$/,
    "the engine's default, once it has been asked for",
  ],
  [
    /^(?:HostConfig\.VolumesFrom\.0: "\w+:ro"|Mounts\.0\.RW: false), the other has/,
    "Compose forgets the mode",
  ],
  [/^Config\.(?:Attach|StdinOnce)/, "who is attached to the container at first"],
  [/^HostConfig\.(?:RestartPolicy|ConsoleSize)/, "systemd restarts the service, and it has no terminal"],
  [/^Config\.StopTimeout: 8, the other has 7$/, "half a second more rather than less"],
  [/^Mounts\.\d+\.Mode: /, "how it was written; RW has what comes of it"],
];

/** What the engine says, in an order of our own; other containers are named as their services. */
function comparable(
  { Id, Config, HostConfig, NetworkSettings, Mounts }: Docker.ContainerInspectInfo,
  service: string,
  ids: ReadonlyMap<string, string>,
): unknown {
  const labels = Object.entries(Config.Labels).filter(([name]) => !name.startsWith("com.docker.compose."));
  const { Binds, Ulimits, ExtraHosts, Mounts: mounts = [], ...host } = HostConfig as unknown as Host;
  const networks = Object.entries(NetworkSettings.Networks).map(([name, endpoint]) => {
    const { Aliases, Links, IPAMConfig, DriverOpts, MacAddress } = endpoint as EndpointSettings;
    // Compose adds the name that it gives to its container.
    const aliases = (Aliases ?? []).filter((alias) =>
      !Id.startsWith(alias) && !alias.endsWith(`-${service}-1`)
    );
    // Compose links to its names of the container, too.
    const links = (Links ?? []).filter((link) => !link.endsWith("-1")).map((link) =>
      link.replace(/^p\w+-(\w+)-1:/, "$1:")
    );
    return [name, { Aliases: aliases.toSorted(), Links: links, IPAMConfig, DriverOpts, MacAddress }];
  });
  // An anonymous volume can be asked for in two ways.
  const anonymous = mounts.filter(({ Type, Source }) => Type === "volume" && Source === undefined);
  const text = JSON.stringify({
    Config: {
      ...Config,
      Labels: Object.fromEntries(labels),
      Env: Config.Env.toSorted(),
      Hostname: Id.startsWith(Config.Hostname) ? "" : Config.Hostname,
      // The words of an entrypoint but the first are in the command here.
      Entrypoint: undefined,
      Cmd: [...[Config.Entrypoint ?? []].flat(), ...Config.Cmd ?? []],
      Volumes: [...Object.keys(Config.Volumes ?? {}), ...anonymous.map(({ Target }) => Target)].toSorted(),
      ExposedPorts: Object.keys(Config.ExposedPorts ?? {}).flatMap(singlePorts).toSorted(),
    },
    HostConfig: {
      ...host,
      Binds: (Binds ?? []).map((bind) => bind.replace(/:rw$/, "")).toSorted(),
      Ulimits: (Ulimits ?? []).toSorted((a, b) => a.Name < b.Name ? -1 : 1),
      ExtraHosts: (ExtraHosts ?? []).toSorted(),
      Mounts: mounts.filter((mount) => !anonymous.includes(mount))
        .toSorted((a, b) => a.Target < b.Target ? -1 : 1),
    },
    networks,
    Mounts: Mounts.map(({ Name: _, Source: __, ...mount }) => mount)
      .toSorted((a, b) => a.Destination < b.Destination ? -1 : 1),
  });
  return JSON.parse(text.replace(/[0-9a-f]{64}/g, (id) => ids.get(id) ?? id));
}

/** Compose sends a range such as `70-72` as if it were one port. */
function singlePorts(port: string): string[] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(port) ?? [];
  if (last === undefined) return [port.replace("/tcp", "")];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `${Number(first) + at}`);
}
