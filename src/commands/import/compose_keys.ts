/**
 * The keys of a service as Compose prints it, one row each: flags and notes.
 * Sources: the Compose specification; pkg/compose/create.go of docker/compose, for what `up` makes of each.
 */
import { ValueError } from "../../errors.ts";
import { flagArgument, plainValues, writeFlags } from "../../plan/flags/flag_writers.ts";
import { networks, secretsOrConfigs, volumes } from "./compose_resources.ts";
import {
  containerName,
  items,
  type KeyContext,
  list,
  type Mapping,
  mapping,
  nanoseconds,
  text,
} from "./compose_project.ts";
import { withAbsolutePath } from "./from_arguments.ts";
import { restartNote } from "./imported.ts";

/** What a key becomes: flags, which begin with `--`, and notes. @throws ValueError if the service can not be imported */
type Row = (value: unknown, context: KeyContext) => readonly string[];

/** Nothing here can say it. So it is with a key that is newer than this table. */
// deno-fmt-ignore
const NOTED = [
  "cpu_count", "cpu_percent", "credential_spec", "env_file", "label_file", "models", "post_start", "pre_stop",
  "pull_refresh_after",
];

/** Without an effect on a container, or read by `from_compose.ts`. */
// deno-fmt-ignore
const WITHOUT_FLAG = [
  "attach", "build", "command", "container_name", "develop", "entrypoint", "extends", "healthcheck", "image",
  "profiles", "restart",
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

export const COMPOSE_KEYS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...NOTED.map((key): [string, Row] => [key, (value) => notCarriedOver(key, value)]),
  ...WITHOUT_FLAG.map((key): [string, Row] => [key, () => []]),
  ...AS_FLAGS.map((row): [string, Row] => {
    const [key = "", flag = key.replaceAll("_", "-")] = row.split(" ");
    return [key, (value) => each(flag, plainValues(value))];
  }),
  ["blkio_config", blkio],
  ["configs", secretsOrConfigs("configs", "/")],
  ["depends_on", dependsOn],
  ["deploy", deploy],
  ["devices", (value) => each("device", items(value).map(device))],
  ["extra_hosts", (value) => each("add-host", list(value).map((host) => host.replace("=", ":")))],
  ["gpus", (value) => items(value).flatMap((request) => gpus(request, ["gpu"]))],
  ["ipc", namespace("ipc")],
  ["links", (value, { project }) => {
    const [names, aliases] = [/^[^:]+/, list(value)];
    return each("link", aliases.map((link) => link.replace(names, (name) => containerName(name, project))));
  }],
  ["logging", (value) => {
    const { driver: Type, options: Config } = mapping(value);
    return writeFlags("HostConfig.LogConfig", { Type, Config }) ?? [];
  }],
  ["network_mode", namespace("network")],
  ["networks", networks],
  ["pid", namespace("pid")],
  ["ports", (value) => items(value).flatMap(port)],
  ["provider", () => {
    throw new ValueError("no container is made for such a service; a program of Compose provides it");
  }],
  [
    "pull_policy",
    (value) => /^(?:daily|weekly|every)/.test(text(value)) ? notCarriedOver("pull_policy", value) : [],
  ],
  ["scale", (value) => replicas("scale", value)],
  ["secrets", secretsOrConfigs("secrets", "/run/secrets/")],
  [
    "security_opt",
    (value, { folder }) =>
      each("security-opt", list(value).map((option) => withAbsolutePath("security-opt", option, folder))),
  ],
  ["stop_grace_period", (value) => [`--stop-timeout=${Math.ceil(nanoseconds(value) / 1e9)}`]],
  ["ulimits", (value) =>
    each(
      "ulimit",
      Object.entries(mapping(value)).map(([name, limit]) => {
        const { soft = limit, hard = soft } = mapping(limit);
        return `${name}=${[...new Set([soft, hard])].join(":")}`;
      }),
    )],
  ["volumes", volumes],
  ["volumes_from", (value, { project }) =>
    each(
      "volumes-from",
      list(value).map((entry) => {
        const [from = "", ...others] = entry.split(":");
        return from === "container" ? others.join(":") : [containerName(from, project), ...others].join(":");
      }),
    )],
]);

export function notCarriedOver(key: string, value: unknown): string[] {
  return [`${key}: not carried over: ${JSON.stringify(value)}`];
}

function each(flag: string, values: readonly unknown[]): string[] {
  return values.map((value) => flagArgument(flag, text(value)));
}

/** e.g. `weight_device` → `--blkio-weight-device`, `device_read_bps` → `--device-read-bps` */
function blkio(value: unknown): string[] {
  return Object.entries(mapping(value)).flatMap(([key, setting]) => {
    const flag = key.replace(/^weight/, "blkio-weight").replaceAll("_", "-");
    if (!Array.isArray(setting)) return each(flag, [setting]);
    // Compose prints "Path" and "Rate", the specification says "path" and "rate".
    return each(
      flag,
      items(setting).map(({ Path, path = Path, Rate, rate = Rate, Weight, weight = Weight }) =>
        `${path}:${weight ?? rate}`
      ),
    );
  });
}

/** The keys that are not looked at are for Swarm; `docker compose up` does not look at them either. */
function deploy(value: unknown): string[] {
  const { resources, replicas: count, restart_policy: restart } = mapping(value);
  const { limits, reservations } = mapping(resources);
  const { cpus, memory, pids } = mapping(limits);
  const flags = { cpus, memory, "pids-limit": pids, "memory-reservation": mapping(reservations).memory };
  return [
    ...Object.entries(flags).flatMap(([flag, limit]) => limit === undefined ? [] : each(flag, [limit])),
    ...items(mapping(reservations).devices).flatMap((request) => gpus(request)),
    ...replicas("deploy.replicas", count ?? 1),
    ...restart === undefined ? [] : restartNote(text(mapping(restart).condition ?? "any")),
  ];
}

function replicas(key: string, count: unknown): string[] {
  return count === 1 ? [] : [`${key}: ${count}, but there is one container a service.`];
}

/** `further`: a capability that is asked for besides those that are named. */
function gpus(request: Mapping, further: readonly string[] = []): readonly string[] {
  const { driver: Driver, count, device_ids: DeviceIDs, capabilities, options: Options } = request;
  const Capabilities = [...list(capabilities), ...further];
  // --gpus asks for this one, whatever else is asked for.
  if (!Capabilities.includes("gpu")) return notCarriedOver("deploy.resources.reservations.devices", request);
  const devices = { Count: count === "all" ? -1 : count ?? -1, ...DeviceIDs !== undefined && { DeviceIDs } };
  const body = { Driver, ...devices, Capabilities: [Capabilities], Options };
  return writeFlags("HostConfig.DeviceRequests", [body]) ?? [];
}

function device({ source, target = source, permissions = "rwm" }: Mapping): string {
  return target === source && permissions === "rwm" ? text(source) : `${source}:${target}:${permissions}`;
}

/** A namespace of another service is that of its container. */
function namespace(flag: string): Row {
  return (value, { project }) =>
    each(flag, [
      text(value).replace(/^service:(.*)$/s, (_, name) => `container:${containerName(name, project)}`),
    ]);
}

function port({ target, published, host_ip: ip, protocol = "tcp" }: Mapping): readonly string[] {
  const binding = { HostIp: text(ip), HostPort: text(published) };
  return writeFlags("HostConfig.PortBindings", { [`${text(target)}/${protocol}`]: [binding] }) ?? [];
}

/** What to write into the unit of the service, so that it starts behind those that it needs. */
function dependsOn(value: unknown, { project, service }: KeyContext): string[] {
  const needed = Object.entries(mapping(value)).map(([key, options]) => {
    const { condition, required, restart } = mapping(options);
    const name = containerName(key, project);
    return { name, condition, restart, isStrict: condition === "service_healthy" && required !== false };
  });
  const line = (key: string, units: typeof needed) => {
    const names = units.map(({ name }) => `service_runner@${name}.service`).join(" ");
    return names === "" ? [] : [`    ${key}=${names}`];
  };
  const remarks = needed.flatMap(({ name, condition }) =>
    condition === "service_healthy"
      ? [`${name} is to be healthy: in its config, ready: { when: checks }, since active means ready.`]
      : condition === "service_completed_successfully"
      ? [`${name} is to have ended before: that is a unit of Type=oneshot.`]
      : []
  );
  const note = [
    `depends_on: systemd knows what needs what; "systemctl edit service_runner@${
      containerName(service, project)
    }":`,
    "    [Unit]",
    ...line("Requires", needed.filter(({ isStrict }) => isStrict)),
    ...line("Wants", needed.filter(({ isStrict }) => !isStrict)),
    ...line("After", needed),
    ...line("PartOf", needed.filter(({ restart }) => restart === true)),
    ...remarks,
  ];
  return needed.length === 0 ? [] : [note.join("\n")];
}
