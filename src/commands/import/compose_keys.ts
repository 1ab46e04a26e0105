// deno-lint-ignore-file camelcase -- keys are as Compose prints them
/**
 * The keys of a service as Compose prints it, one row each: flags and notes.
 * Sources: the Compose specification; pkg/compose/create.go of docker/compose, for what `up` makes of each.
 */
import type { HealthConfig } from "../../engine/create_body.ts";
import { ValueError } from "../../errors.ts";
import { plainValues, writeFlags } from "../../plan/flags/flag_writers.ts";
import { parseDuration } from "../../plan/values/durations.ts";
import { type ComposeProject, containerName, type Row } from "./compose_project.ts";
import { mountedFiles, networks, volumes } from "./compose_resources.ts";
import { withAbsolutePath } from "./from_arguments.ts";
import { notCarriedOver, restartNote } from "./imported.ts";
import { flags, items, list, type Mapping, mapping, text } from "./json_values.ts";

/** Nothing here can say it. So it is with a key that is newer than this table. */
// deno-fmt-ignore
const NOTED = [
  "cpu_count", "cpu_percent", "credential_spec", "env_file", "label_file", "models", "post_start", "pre_stop",
  "pull_refresh_after",
];

/** Without an effect on a container, or read by `from_compose.ts`. */
// deno-fmt-ignore
const WITHOUT_FLAG = [
  "attach", "build", "command", "container_name", "develop", "extends", "image", "profiles", "restart",
];

/** Keys whose values a flag takes as they are; where it is not named like the key, its name follows. */
// deno-fmt-ignore
const AS_FLAGS = [
  "annotations annotation", "cap_add", "cap_drop", "cgroup cgroupns", "cgroup_parent", "cpu_period", "cpu_quota",
  "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset cpuset-cpus",
  "device_cgroup_rules device-cgroup-rule", "dns", "dns_opt dns-option", "dns_search", "domainname",
  "environment env", "expose", "external_links link", "group_add", "hostname", "init", "isolation",
  "labels label", "mac_address", "mem_limit memory", "mem_reservation memory-reservation",
  "mem_swappiness memory-swappiness", "memswap_limit memory-swap", "oom_kill_disable", "oom_score_adj",
  "pids_limit", "platform", "privileged", "read_only", "runtime", "shm_size", "stdin_open interactive",
  "stop_signal", "storage_opt", "sysctls sysctl", "tmpfs", "tty", "use_api_socket", "user",
  "userns_mode userns", "uts", "working_dir workdir",
];

/** All others. */
const ROWS: Readonly<Record<string, Row>> = {
  blkio_config: blkio,
  configs: mountedFiles("configs", "/"),
  depends_on: dependsOn,
  deploy,
  devices: (value) => flags({ device: items(value).map(device) }),
  entrypoint: (value, { services }, service) => {
    const isCommand = [value, mapping(services[service]).command].some((words) => list(words).length > 0);
    return !Array.isArray(value) || isCommand
      ? []
      : ["entrypoint: here, an empty one takes the image's command away, too: write that into service_args."];
  },
  extra_hosts: (value) => flags({ "add-host": list(value).map((host) => host.replace("=", ":")) }),
  gpus: (value) => items(value).flatMap((request) => gpus(request, ["gpu"])),
  healthcheck: (value) => writeFlags("Healthcheck", healthOf(value)) ?? [],
  ipc: ofContainer("ipc", /^service:(.*)/s, "container:"),
  links: ofContainer("link", /^([^:]+)/),
  logging: (value) => flags({ "log-driver": mapping(value).driver, "log-opt": mapping(value).options }),
  network_mode: ofContainer("network", /^service:(.*)/s, "container:"),
  networks,
  pid: ofContainer("pid", /^service:(.*)/s, "container:"),
  ports: (value) => items(value).flatMap(port),
  provider: () => {
    throw new ValueError("no container is made for such a service; a program of Compose provides it");
  },
  pull_policy: (value) =>
    /^(?:daily|weekly|every)/.test(text(value)) ? notCarriedOver("pull_policy", value) : [],
  scale: (value) => replicas("scale", value),
  secrets: mountedFiles("secrets", "/run/secrets/"),
  security_opt: (value, { folder }) =>
    flags({ "security-opt": list(value).map((option) => withAbsolutePath("security-opt", option, folder)) }),
  stop_grace_period: (value) => flags({ "stop-timeout": Math.ceil(nanoseconds(value) / 1e9) }),
  ulimits: (value) => flags({ ulimit: Object.entries(mapping(value)).map(ulimit) }),
  volumes,
  volumes_from: (...at) =>
    ofContainer("volumes-from", /^(?!container:)([^:]+)/)(...at).map((flag) =>
      flag.replace("=container:", "=")
    ),
};

export const COMPOSE_KEYS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...NOTED.map((key): [string, Row] => [key, (value) => notCarriedOver(key, value)]),
  ...WITHOUT_FLAG.map((key): [string, Row] => [key, () => []]),
  ...AS_FLAGS.map((row): [string, Row] => {
    const [key = "", flag = key.replaceAll("_", "-")] = row.split(" ");
    return [key, (value) => flags({ [flag]: value })];
  }),
  ...Object.entries(ROWS),
]);

/** `1m30s` in nanoseconds; 0 where none is given. @throws ValueError */
function nanoseconds(value: unknown): number {
  return value === undefined ? 0 : Number(parseDuration(text(value)));
}

/** e.g. `weight_device` → `--blkio-weight-device`, `device_read_bps` → `--device-read-bps` */
function blkio(value: unknown): string[] {
  return Object.entries(mapping(value)).flatMap(([key, setting]) => {
    const flag = key.replace(/^weight/, "blkio-weight").replaceAll("_", "-");
    // Compose prints "Path" and "Rate", the specification says "path" and "rate".
    const devices = items(setting).map(({ Path, path = Path, Rate, rate = Rate, Weight, weight = Weight }) =>
      `${text(path)}:${text(weight ?? rate)}`
    );
    return flags({ [flag]: Array.isArray(setting) ? devices : setting });
  });
}

/** The keys that are not looked at are for Swarm; `docker compose up` does not look at them either. */
function deploy(value: unknown): string[] {
  const { resources, replicas: count = 1, restart_policy: restart } = mapping(value);
  const { limits, reservations } = mapping(resources);
  const { cpus, memory, pids } = mapping(limits);
  const { devices, memory: reserved } = mapping(reservations);
  return [
    ...flags({ cpus, memory, "pids-limit": pids, "memory-reservation": reserved }),
    ...items(devices).flatMap((request) => gpus(request)),
    ...replicas("deploy.replicas", count),
    ...restart === undefined ? [] : restartNote(text(mapping(restart).condition ?? "any")),
  ];
}

function replicas(key: string, count: unknown): string[] {
  return count === 1 ? [] : [`${key}: ${count}, but there is one container a service.`];
}

/** `further`: a capability that is asked for besides those that are named. */
function gpus(request: Mapping, further: readonly string[] = []): readonly string[] {
  const { driver: Driver, count: Count = -1, device_ids, capabilities, options: Options } = request;
  const all = [...list(capabilities), ...further];
  // --gpus asks for this one, whatever else is asked for.
  if (!all.includes("gpu")) return notCarriedOver("deploy.resources.reservations.devices", request);
  const body = { Driver, Count, DeviceIDs: list(device_ids), Capabilities: [all], Options };
  return writeFlags("HostConfig.DeviceRequests", [body]) ?? [];
}

function device({ source, target = source, permissions = "rwm" }: Mapping): string {
  return target === source && permissions === "rwm" ? text(source) : `${source}:${target}:${permissions}`;
}

function ulimit([name, limit]: [name: string, limit: unknown]): string {
  // Compose prints no zeros within a limit, not even for `core: 0`.
  const { soft = 0, hard = 0 } = typeof limit === "object" ? mapping(limit) : { soft: limit, hard: limit };
  return `${name}=${soft === hard ? soft : `${soft}:${hard}`}`;
}

/** In the place of a service, which the group of `service` finds in the value, there comes its container. */
function ofContainer(flag: string, service: RegExp, before = ""): Row {
  return (value, project) => {
    const toContainer = (_: string, name: string) => before + containerName(name, project);
    return flags({ [flag]: plainValues(value).map((item) => text(item).replace(service, toContainer)) });
  };
}

function port({ target, published, host_ip: ip, protocol = "tcp" }: Mapping): readonly string[] {
  const binding = { HostIp: text(ip), HostPort: text(published) };
  return writeFlags("HostConfig.PortBindings", { [`${text(target)}/${protocol}`]: [binding] }) ?? [];
}

/** What to write into the unit of the service, so that it starts behind those that it needs. */
function dependsOn(value: unknown, project: ComposeProject, service: string): string[] {
  const needed = Object.entries(mapping(value)).map(([key, options]) => {
    const { condition, required, restart } = mapping(options);
    const isStrict = condition === "service_healthy" && required !== false;
    return { name: containerName(key, project), condition, restart, isStrict };
  });
  const units = (some: typeof needed) => some.map(({ name }) => `service_runner@${name}.service`).join(" ");
  const lines = [
    `    Requires=${units(needed.filter(({ isStrict }) => isStrict))}`,
    `    Wants=${units(needed.filter(({ isStrict }) => !isStrict))}`,
    `    After=${units(needed)}`,
    `    PartOf=${units(needed.filter(({ restart }) => restart === true))}`,
  ].filter((line) => !line.endsWith("="));
  const remarks = needed.flatMap(({ name, condition }) =>
    condition === "service_healthy"
      ? [`${name} is to be healthy: in its config, ready: { when: checks }, since active means ready.`]
      : condition === "service_completed_successfully"
      ? [`${name} is to have ended before: that is a unit of Type=oneshot.`]
      : []
  );
  const unit = `service_runner@${containerName(service, project)}`;
  const note = `depends_on: systemd knows what needs what; "systemctl edit ${unit}":`;
  return lines.length === 0 ? [] : [[note, "    [Unit]", ...lines, ...remarks].join("\n")];
}

export function healthOf(value: unknown): HealthConfig {
  const { disable, test, interval, timeout, start_period, start_interval, retries = 0 } = mapping(value);
  return {
    Test: disable === true ? ["NONE"] : list(test),
    Interval: nanoseconds(interval),
    Timeout: nanoseconds(timeout),
    StartPeriod: nanoseconds(start_period),
    StartInterval: nanoseconds(start_interval),
    Retries: Number(retries),
  };
}
