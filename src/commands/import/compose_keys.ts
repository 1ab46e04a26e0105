/** The keys of a Compose service, one row each: what becomes of them. Source: the Compose specification. */
import { type ComposeFile, mapping } from "./compose_file.ts";
import {
  absolutePath,
  list,
  pairs,
  port,
  realName,
  scalar,
  seconds,
  volume,
  words,
} from "./compose_values.ts";
import { restartNote } from "./from_arguments.ts";
import type { ImportedFlag } from "./imported.ts";

export interface KeyContext {
  readonly file: ComposeFile;
  readonly folder: string;
  readonly service: string;
}

/** What a key comes to. */
export interface Carried {
  readonly flags?: readonly (string | ImportedFlag)[];
  readonly notes?: readonly string[];
}

type Row = (value: unknown, context: KeyContext) => Carried;

/** `--flag=value` for each value. */
function each(flag: string, read: (value: unknown) => string[] = (value) => list(value).map(scalar)): Row {
  return (value) => ({ flags: read(value).map((text) => `--${flag}=${text}`) });
}

function bool(flag: string): Row {
  return (value) => ({ flags: value === true || value === "true" ? [`--${flag}`] : [] });
}

function note(text: (value: unknown, context: KeyContext) => string | undefined): Row {
  return (value, context) => {
    const said = text(value, context);
    return { notes: said === undefined ? [] : [said] };
  };
}

const NOTHING: Row = () => ({});

export const COMPOSE_KEYS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["image", NOTHING],
  ["container_name", NOTHING],
  ["command", NOTHING],
  ["pull_policy", NOTHING],
  ["healthcheck", (value) => ({ flags: mapping(value).disable === true ? ["--no-healthcheck"] : [] })],
  ["profiles", NOTHING],
  ["entrypoint", (value) => ({ flags: value === null ? [] : [`--entrypoint=${words(value)[0] ?? ""}`] })],
  ["environment", each("env", pairs)],
  ["env_file", (value, { folder }) => ({
    flags: list(value).map((entry) =>
      `--env-file=${absolutePath(scalar(mapping(entry).path ?? entry), folder)}`
    ),
  })],
  ["ports", each("publish", (value) => list(value).map(port))],
  ["expose", each("expose")],
  [
    "volumes",
    (value, { file, folder }) => ({ flags: list(value).map((entry) => volume(entry, file, folder)) }),
  ],
  ["volumes_from", each("volumes-from")],
  ["tmpfs", each("tmpfs")],
  ["networks", networks],
  ["network_mode", networkMode],
  ["hostname", each("hostname")],
  ["domainname", each("domainname")],
  ["user", each("user")],
  ["working_dir", each("workdir")],
  ["labels", each("label", pairs)],
  ["label_file", (value, { folder }) => ({
    flags: list(value).map((path) => `--label-file=${absolutePath(scalar(path), folder)}`),
  })],
  ["annotations", each("annotation", pairs)],
  ["privileged", bool("privileged")],
  ["read_only", bool("read-only")],
  ["init", bool("init")],
  ["tty", bool("tty")],
  ["stdin_open", bool("interactive")],
  ["oom_kill_disable", bool("oom-kill-disable")],
  ["use_api_socket", bool("use-api-socket")],
  ["cap_add", each("cap-add")],
  ["cap_drop", each("cap-drop")],
  [
    "devices",
    each("device", (value) =>
      list(value).map((entry) => {
        const { source, target, permissions } = mapping(entry);
        if (source === undefined) return scalar(entry);
        return [source, target ?? source, permissions].filter((part) => part !== undefined).join(":");
      })),
  ],
  ["device_cgroup_rules", each("device-cgroup-rule")],
  ["dns", each("dns")],
  ["dns_opt", each("dns-option")],
  ["dns_search", each("dns-search")],
  ["extra_hosts", each("add-host", (value) => pairs(value, ":"))],
  ["group_add", each("group-add")],
  ["ipc", each("ipc")],
  ["pid", each("pid")],
  ["uts", each("uts")],
  ["userns_mode", each("userns")],
  ["cgroup", each("cgroupns")],
  ["cgroup_parent", each("cgroup-parent")],
  ["isolation", each("isolation")],
  ["runtime", each("runtime")],
  ["platform", each("platform")],
  ["mac_address", each("mac-address")],
  ["stop_signal", each("stop-signal")],
  ["stop_grace_period", each("stop-timeout", (value) => [String(Math.ceil(seconds(scalar(value))))])],
  ["sysctls", each("sysctl", pairs)],
  [
    "ulimits",
    each("ulimit", (value) =>
      Object.entries(mapping(value)).map(([name, limit]) => {
        const { soft, hard } = mapping(limit);
        return `${name}=${soft === undefined ? scalar(limit) : `${scalar(soft)}:${scalar(hard)}`}`;
      })),
  ],
  ["security_opt", each("security-opt")],
  ["storage_opt", each("storage-opt", pairs)],
  ["shm_size", each("shm-size")],
  ["mem_limit", each("memory")],
  ["mem_reservation", each("memory-reservation")],
  ["mem_swappiness", each("memory-swappiness")],
  ["memswap_limit", each("memory-swap")],
  ["oom_score_adj", each("oom-score-adj")],
  ["cpus", each("cpus")],
  ["cpu_shares", each("cpu-shares")],
  ["cpu_period", each("cpu-period")],
  ["cpu_quota", each("cpu-quota")],
  ["cpuset", each("cpuset-cpus")],
  ["pids_limit", each("pids-limit")],
  [
    "gpus",
    (value) => ({
      flags: value === "all" ? ["--gpus=all"] : [],
      notes: value === "all" ? [] : ["gpus: see --gpus."],
    }),
  ],
  ["links", each("link")],
  ["external_links", each("link")],
  ["deploy", deploy],
  ["secrets", (value, context) => files("secrets", value, context)],
  ["configs", (value, context) => files("configs", value, context)],
  ["restart", note((value) => value === "no" || value === false ? undefined : restartNote(scalar(value)))],
  ["depends_on", note(dependsOn)],
  [
    "build",
    note((value, { folder }) => {
      const context = typeof value === "string" ? value : scalar(mapping(value).context ?? ".");
      return `build: the image is not built by this config; before the first start: docker build --tag IMAGE ${
        absolutePath(context, folder)
      }`;
    }),
  ],
  [
    "logging",
    note((value) => {
      const { driver = "json-file" } = mapping(value);
      return `logging: the lines go to the journal, whatever the driver (${scalar(driver)}).`;
    }),
  ],
  ["extends", note((value) => `extends: what ${JSON.stringify(value)} says is not looked at.`)],
]);

/** A network by the name that Compose has given it. */
function networks(value: unknown, { file }: KeyContext): Carried {
  const entries = Array.isArray(value)
    ? value.map((name) => [scalar(name), null])
    : Object.entries(mapping(value));
  const flags = entries.map(([name, options]) => {
    const { aliases, ipv4_address: ip, ipv6_address: ip6 } = mapping(options);
    const fields = [
      ...list(aliases).map((alias) => `alias=${scalar(alias)}`),
      ...ip === undefined ? [] : [`ip=${scalar(ip)}`],
      ...ip6 === undefined ? [] : [`ip6=${scalar(ip6)}`],
    ];
    const network = realName(scalar(name), file.networks, file.project);
    return `--network=${fields.length === 0 ? network : [`name=${network}`, ...fields].join(",")}`;
  });
  const own = entries.map(([name]) => realName(scalar(name), file.networks, file.project))
    .filter((name) => name.startsWith(`${file.project}_`));
  return {
    flags,
    notes: own.length === 0 ? [] : [
      `networks: "docker compose down" removes them; to keep them: ${
        own.map((name) => `docker network create ${name}`).join("; ")
      }`,
    ],
  };
}

function networkMode(value: unknown, { file }: KeyContext): Carried {
  const service = /^service:(.*)$/.exec(scalar(value))?.[1];
  if (service === undefined) return { flags: [`--network=${scalar(value)}`] };
  return { flags: [`--network=container:${containerName(service, file)}`] };
}

/** What Compose would call the container; here the service is called so. */
export function containerName(service: string, { services }: ComposeFile): string {
  return scalar(services[service]?.container_name ?? service);
}

function deploy(value: unknown): Carried {
  const { resources, replicas, restart_policy: restart } = mapping(value);
  const { limits, reservations } = mapping(resources);
  const { cpus, memory, pids } = mapping(limits);
  const reserved = mapping(reservations).memory;
  const flags = [["cpus", cpus], ["memory", memory], ["pids-limit", pids], [
    "memory-reservation",
    reserved,
  ]] as const;
  const notes = [];
  if (replicas !== undefined && Number(replicas) !== 1) {
    notes.push(`deploy.replicas: one container a service.`);
  }
  if (restart !== undefined) notes.push(restartNote(scalar(mapping(restart).condition ?? "any")));
  return {
    flags: flags.filter(([, limit]) => limit !== undefined).map(([flag, limit]) =>
      `--${flag}=${scalar(limit)}`
    ),
    notes,
  };
}

function files(kind: "secrets" | "configs", value: unknown, { file, folder }: KeyContext): Carried {
  const flags: string[] = [];
  const notes: string[] = [];
  for (const entry of list(value)) {
    const { source = entry, target } = mapping(entry);
    const name = scalar(source);
    const declared = mapping(file[kind][name]);
    const inContainer = scalar(target ?? name);
    const place = inContainer.startsWith("/")
      ? inContainer
      : `${kind === "secrets" ? "/run/secrets" : ""}/${inContainer}`;
    if (typeof declared.file === "string") {
      flags.push(`--mount=type=bind,source=${absolutePath(declared.file, folder)},target=${place},readonly`);
    } else notes.push(`${kind}: "${name}" is no file; write it into one, and mount that at ${place}.`);
  }
  return { flags, notes };
}

function dependsOn(value: unknown, { file, service }: KeyContext): string {
  const needed = Array.isArray(value) ? value.map(scalar) : Object.keys(mapping(value));
  const units = needed.map((name) => `service_runner@${containerName(name, file)}.service`).join(" ");
  const finished = Object.entries(mapping(value))
    .filter(([, options]) => mapping(options).condition === "service_completed_successfully")
    .map(([name]) => name);
  return [
    `depends_on: systemd knows what needs what; "systemctl edit service_runner@${
      containerName(service, file)
    }":`,
    "    [Unit]",
    `    Wants=${units}`,
    `    After=${units}`,
    ...finished.map((name) => `${name} is to have ended before: that is a unit of Type=oneshot.`),
  ].join("\n");
}
