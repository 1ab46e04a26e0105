/** The keys of a Compose service, one row each: what becomes of them. Source: the Compose specification. */
import { absolutePath } from "../../host/paths.ts";
import { mapping } from "./compose_file.ts";
import {
  type Carried,
  dependsOn,
  deploy,
  files,
  type KeyContext,
  networkMode,
  networks,
} from "./compose_sections.ts";
import { list, pairs, port, scalar, seconds, volume, words } from "./compose_values.ts";
import { restartNote } from "./from_arguments.ts";

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
