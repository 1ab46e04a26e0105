/** Every flag of `docker create` stands in one of these tables, by what a service of a swarm makes of it. */
import { deepEqual, equal, match } from "node:assert/strict";
import { FLAGS_BY_NAME } from "../../../src/plan/flags/create_flags.ts";
import { planInputs } from "../plan_fixture.ts";
import { planned, problems } from "./swarm_fixture.ts";

type Row = readonly [flag: string, value: string, becomes: Readonly<Record<string, unknown>>];

const CONTAINER = "TaskTemplate.ContainerSpec";
const LIMITS = "TaskTemplate.Resources.Limits";
const NETWORKS = "TaskTemplate.Networks";
const SECOND = 1_000_000_000;
const MIB = 1024 * 1024;

const health = (fields: object) => ({ [`${CONTAINER}.Healthcheck`]: fields });
const mounts = (...list: object[]) => ({ [`${CONTAINER}.Mounts`]: list });

/** What each flag adds to the spec of a service without flags. Those that need others have them in the value. */
const TAKEN: readonly Row[] = [
  ["add-host", "db:10.0.0.1", { [`${CONTAINER}.Hosts`]: ["10.0.0.1 db"] }],
  ["cap-add", "net_admin", { [`${CONTAINER}.CapabilityAdd`]: ["CAP_NET_ADMIN"] }],
  ["cap-drop", "MKNOD", { [`${CONTAINER}.CapabilityDrop`]: ["CAP_MKNOD"] }],
  ["cpus", "1/2", { [`${LIMITS}.NanoCPUs`]: 500_000_000 }],
  ["dns", "10.0.0.1", { [`${CONTAINER}.DNSConfig`]: { Nameservers: ["10.0.0.1"] } }],
  ["dns-opt", "ndots:2", { [`${CONTAINER}.DNSConfig`]: { Options: ["ndots:2"] } }],
  ["dns-option", "ndots:2", { [`${CONTAINER}.DNSConfig`]: { Options: ["ndots:2"] } }],
  ["dns-search", "example.test", { [`${CONTAINER}.DNSConfig`]: { Search: ["example.test"] } }],
  ["entrypoint", "/bin/a b", { [`${CONTAINER}.Command`]: ["/bin/a b"] }],
  ["env", "A=1", { [`${CONTAINER}.Env`]: ["A=1"] }],
  ["env-file", "env", { [`${CONTAINER}.Env`]: ["FROM=file"] }],
  ["group-add", "27", { [`${CONTAINER}.Groups`]: ["27"] }],
  ["health-cmd", "true", health({ Test: ["CMD-SHELL", "true"] })],
  ["health-interval", "10s", health({ Interval: 10 * SECOND })],
  ["health-retries", "2", health({ Retries: 2 })],
  ["health-start-interval", "1s", health({ StartInterval: SECOND })],
  ["health-start-period", "3s", health({ StartPeriod: 3 * SECOND })],
  ["health-timeout", "2s", health({ Timeout: 2 * SECOND })],
  ["hostname", "box", { [`${CONTAINER}.Hostname`]: "box" }],
  ["init", "false", { [`${CONTAINER}.Init`]: false }],
  ["interactive", "true", { [`${CONTAINER}.OpenStdin`]: true }],
  ["isolation", "default", { [`${CONTAINER}.Isolation`]: "default" }],
  ["label", "a=1", { [`${CONTAINER}.Labels`]: { a: "1" } }],
  ["label-file", "labels", { [`${CONTAINER}.Labels`]: { from: "file" } }],
  ["log-driver", "local", { "TaskTemplate.LogDriver": { Name: "local" } }],
  ["log-opt", "max-size=1m", { "TaskTemplate.LogDriver": { Name: "", Options: { "max-size": "1m" } } }],
  ["memory", "64m", { [`${LIMITS}.MemoryBytes`]: 64 * MIB }],
  ["memory-swap", "-1 --memory=64m", {
    [`${LIMITS}.MemoryBytes`]: 64 * MIB,
    "TaskTemplate.Resources.SwapBytes": -1,
  }],
  ["memory-swappiness", "0", { "TaskTemplate.Resources.MemorySwappiness": 0 }],
  ["mount", "type=bind,source=/a,target=/b,readonly", {
    ...mounts({ Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }),
  }],
  ["net", "public", { [NETWORKS]: [{ Target: "public" }] }],
  ["net-alias", "db --network=public", { [NETWORKS]: [{ Target: "public", Aliases: ["db"] }] }],
  ["network", "name=public,driver-opt=a=1", { [NETWORKS]: [{ Target: "public", DriverOpts: { a: "1" } }] }],
  ["network-alias", "db --network=public", { [NETWORKS]: [{ Target: "public", Aliases: ["db"] }] }],
  ["no-healthcheck", "true", health({ Test: ["NONE"] })],
  ["oom-score-adj", "100", { [`${CONTAINER}.OomScoreAdj`]: 100 }],
  ["pids-limit", "50", { [`${LIMITS}.Pids`]: 50 }],
  ["platform", "linux/arm64/v8", {
    "TaskTemplate.Placement.Platforms": [{ OS: "linux", Architecture: "arm64" }],
  }],
  ["publish", "8080:80", {
    "EndpointSpec.Ports": [{ Protocol: "tcp", TargetPort: 80, PublishedPort: 8080, PublishMode: "ingress" }],
  }],
  ["read-only", "true", { [`${CONTAINER}.ReadOnly`]: true }],
  ["restart", "no", { "TaskTemplate.RestartPolicy": { Condition: "none" } }],
  ["security-opt", "no-new-privileges", { [`${CONTAINER}.Privileges`]: { NoNewPrivileges: true } }],
  ["shm-size", "64m", {
    ...mounts({ Type: "tmpfs", Target: "/dev/shm", TmpfsOptions: { SizeBytes: 64 * MIB, Mode: 0o1777 } }),
  }],
  ["stop-signal", "SIGINT", { [`${CONTAINER}.StopSignal`]: "SIGINT" }],
  ["stop-timeout", "30", { [`${CONTAINER}.StopGracePeriod`]: 30 * SECOND }],
  ["sysctl", "net.core.somaxconn=99", { [`${CONTAINER}.Sysctls`]: { "net.core.somaxconn": "99" } }],
  ["tmpfs", "/run:size=1m", {
    ...mounts({ Type: "tmpfs", Target: "/run", TmpfsOptions: { SizeBytes: MIB } }),
  }],
  ["tty", "true", { [`${CONTAINER}.TTY`]: true }],
  ["ulimit", "nofile=100:200", { [`${CONTAINER}.Ulimits`]: [{ Name: "nofile", Soft: 100, Hard: 200 }] }],
  ["user", "1:2", { [`${CONTAINER}.User`]: "1:2" }],
  ["volume", "data:/data", { ...mounts({ Type: "volume", Source: "data", Target: "/data" }) }],
  ["volume-driver", "nfs --volume=data:/data", {
    ...mounts({
      Type: "volume",
      Source: "data",
      Target: "/data",
      VolumeOptions: { DriverConfig: { Name: "nfs" } },
    }),
  }],
  ["workdir", "/srv", { [`${CONTAINER}.Dir`]: "/srv" }],
];

/** Those that say nothing about the spec, with a value that is taken. */
const AS_FOR_A_CONTAINER: readonly (readonly [flag: string, value: string])[] = [
  ["attach", "stdout"],
  ["disable-content-trust", "true"],
  ["expose", "9000"],
  ["name", "web"],
  ["pull", "missing"],
  ["quiet", "true"],
  ["rm", "true"],
];

const NOT_IN_SWARM: readonly (readonly [flag: string, value: string])[] = [
  ["annotation", "a=1"],
  ["blkio-weight", "100"],
  ["blkio-weight-device", "/dev/sda:100"],
  ["cgroup-parent", "/x"],
  ["cgroupns", "host"],
  ["cidfile", "id"],
  ["cpu-period", "1000"],
  ["cpu-quota", "1000"],
  ["cpu-rt-period", "1000"],
  ["cpu-rt-runtime", "1000"],
  ["cpu-shares", "512"],
  ["cpuset-cpus", "0"],
  ["cpuset-mems", "0"],
  ["device", "/dev/null"],
  ["device-cgroup-rule", "c 1:3 r"],
  ["device-read-bps", "/dev/sda:1mb"],
  ["device-read-iops", "/dev/sda:1"],
  ["device-write-bps", "/dev/sda:1mb"],
  ["device-write-iops", "/dev/sda:1"],
  ["domainname", "example.test"],
  ["gpus", "all"],
  ["ip", "10.0.0.2"],
  ["ip6", "fd00::2"],
  ["ipc", "host"],
  ["kernel-memory", "64m"],
  ["link", "db"],
  ["link-local-ip", "169.254.0.2"],
  ["mac-address", "02:42:ac:11:00:02"],
  ["memory-reservation", "32m"],
  ["oom-kill-disable", "true"],
  ["pid", "host"],
  ["privileged", "true"],
  ["publish-all", "true"],
  ["runtime", "runc"],
  ["storage-opt", "size=1g"],
  ["use-api-socket", "true"],
  ["userns", "host"],
  ["uts", "host"],
  ["volumes-from", "db"],
];

/** Refused for any service. */
const NEVER = ["cpu-count", "cpu-percent", "help", "io-maxbandwidth", "io-maxiops"];

const INPUTS = planInputs({ files: { env: "FROM=file\n", labels: "from=file\n" } });

/** The spec as paths with their values, down to `paths`. */
function leaves(value: unknown, paths: readonly string[], path = ""): Record<string, unknown> {
  const isLeaf = typeof value !== "object" || value === null || Array.isArray(value) ||
    paths.includes(path) ||
    Object.keys(value).length === 0;
  if (isLeaf) return { [path]: value };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) =>
      leaves(inner, paths, path === "" ? key : `${path}.${key}`)
    ),
  );
}

Deno.test("each flag of docker create stands in one table", () => {
  const rows = [...TAKEN, ...AS_FOR_A_CONTAINER, ...NOT_IN_SWARM].map(([flag]) => flag).concat(NEVER);
  deepEqual(rows.toSorted(), [...FLAGS_BY_NAME.keys()].sort());
  equal(rows.length, 104);
});

Deno.test("a flag becomes what a service has for it, and nothing else changes", async (t) => {
  for (const [flag, value, becomes] of TAKEN) {
    await t.step(flag, () => {
      const [own, ...others] = value.split(" --");
      const args = [`--${flag}=${own}`, ...others.map((other) => `--${other}`)];
      const paths = Object.keys(becomes);
      const bare = leaves(planned({}, INPUTS).spec, paths);
      const { spec } = planned({ containerCreateArgs: args }, INPUTS);
      deepEqual(leaves(spec, paths), { ...bare, ...becomes });
    });
  }
});

Deno.test("a flag that says nothing of the containers changes nothing", () => {
  for (const [flag, value] of AS_FOR_A_CONTAINER) {
    deepEqual(planned({ containerCreateArgs: [`--${flag}=${value}`] }).spec, planned({}).spec, flag);
  }
});

Deno.test("a flag that Swarm does not have is refused at its place, with the reason", () => {
  for (const [flag, value] of NOT_IN_SWARM) {
    const found = problems({
      containerCreateArgs: ["--init", `--${flag}`, value].slice(0, takesValue(flag)),
    });
    const [[place, message] = [], ...others] = found;
    deepEqual(others, [], flag);
    equal(place, "container_create_args.1");
    match(message!, new RegExp(`^"--${flag}" is not available in Swarm: [a-z].*[^.]$`));
  }
});

/** How many of three arguments are right for the flag. */
function takesValue(flag: string): number {
  return FLAGS_BY_NAME.get(flag)?.kind === "bool" ? 2 : 3;
}

Deno.test("what no service can have is refused as for a container", () => {
  for (const flag of NEVER) {
    const [[place, message] = []] = problems({
      containerCreateArgs: [flag === "help" ? "--help" : `--${flag}=1`],
    });
    equal(place, "container_create_args.0");
    match(message!, flag === "help" ? /creates no container/ : /only supported .* windows/);
  }
});

Deno.test("a switch that is off asks for nothing", () => {
  const args = ["--privileged=false", "--publish-all=0", "--oom-kill-disable=F", "--use-api-socket=false"];
  deepEqual(planned({ containerCreateArgs: args }).spec, planned({}).spec);
});

Deno.test("what is not in Swarm, and what is wrong, is told at once, each at its place", () => {
  const args = [
    "--device",
    "/dev/null",
    "-p",
    "127.0.0.1:80:80",
    "--gpus=all",
    "--security-opt=systempaths=unconfined",
  ];
  const swarm = { reserve: { cpus: "many", memory: "1k" } };
  deepEqual(problems({ containerCreateArgs: args, swarm }).map(([place]) => place), [
    "container_create_args.0",
    "container_create_args.3",
    "container_create_args.4",
    "container_create_args.5",
    "swarm.reserve.cpus",
    "swarm.reserve.memory",
  ]);
  // A value that a refused flag has is not looked at.
  deepEqual(problems({ containerCreateArgs: ["--device="] }).length, 1);
});
