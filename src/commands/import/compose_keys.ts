/** The keys of a Compose service, one row each: the flags and notes they become. Source: the Compose specification. */
import { absolutePath } from "../../host/paths.ts";
import { FLAGS_BY_NAME } from "../../plan/flags/create_flags.ts";
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
import { list, nanoseconds, pairs, port, scalar, volume, words } from "./compose_values.ts";
import { restartNote } from "./from_arguments.ts";
import { flagArgument } from "./imported.ts";

type Row = (value: unknown, context: KeyContext) => Carried;

/** A row that gives the flag once for each value; a boolean flag only where the value is true. */
function each(flag: string, read: (value: unknown) => string[] = (value) => list(value).map(scalar)): Row {
  const isSwitch = FLAGS_BY_NAME.get(flag)?.kind === "bool";
  return (value) => {
    const values = read(value).filter((text) => !isSwitch || text === "true");
    return { flags: values.map((text) => flagArgument(flag, text)) };
  };
}

function note(text: (value: unknown, context: KeyContext) => string | undefined): Row {
  return (value, context) => {
    const said = text(value, context);
    return { notes: said === undefined ? [] : [said] };
  };
}

/** Read by `from_compose.ts`; profiles mean nothing for a single service. */
const WITHOUT_FLAG = ["image", "container_name", "command", "pull_policy", "profiles"];

/** Keys that are named as their flags, but for "_" instead of "-". */
// deno-fmt-ignore
const AS_FLAGS = [
  "cap_add", "cap_drop", "cgroup_parent", "cpu_period", "cpu_quota", "cpu_shares", "cpus", "dns",
  "dns_search", "domainname", "expose", "group_add", "hostname", "init", "ipc", "isolation", "mac_address",
  "oom_kill_disable", "oom_score_adj", "pid", "pids_limit", "platform", "privileged", "read_only",
  "runtime", "security_opt", "shm_size", "stop_signal", "tmpfs", "tty", "use_api_socket", "user", "uts",
  "volumes_from",
];

export const COMPOSE_KEYS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...WITHOUT_FLAG.map((key): [string, Row] => [key, () => ({})]),
  ...AS_FLAGS.map((key): [string, Row] => [key, each(key.replaceAll("_", "-"))]),
  ["healthcheck", (value) => ({
    flags: mapping(value).disable === true ? ["--no-healthcheck"] : [],
    notes: Object.hasOwn(mapping(value), "start_interval")
      ? ["healthcheck.start_interval: there is no such thing here."]
      : [],
  })],
  ["entrypoint", (value) => ({ flags: value === null ? [] : [`--entrypoint=${words(value)[0] ?? ""}`] })],
  ["environment", each("env", pairs)],
  ["env_file", (value, { folder }) => ({
    flags: list(value).map((entry) =>
      `--env-file=${absolutePath(scalar(mapping(entry).path ?? entry), folder)}`
    ),
  })],
  ["ports", each("publish", (value) => list(value).map(port))],
  [
    "volumes",
    (value, { file, folder }) => ({ flags: list(value).map((entry) => volume(entry, file, folder)) }),
  ],
  ["networks", networks],
  ["network_mode", networkMode],
  ["working_dir", each("workdir")],
  ["labels", each("label", pairs)],
  ["label_file", (value, { folder }) => ({
    flags: list(value).map((path) => `--label-file=${absolutePath(scalar(path), folder)}`),
  })],
  ["annotations", each("annotation", pairs)],
  ["stdin_open", each("interactive")],
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
  ["dns_opt", each("dns-option")],
  ["extra_hosts", each("add-host", (value) => pairs(value, ":"))],
  ["userns_mode", each("userns")],
  ["cgroup", each("cgroupns")],
  [
    "stop_grace_period",
    each(
      "stop-timeout",
      (value) => list(value).map((period) => String(Math.ceil(nanoseconds(period) / 1e9))),
    ),
  ],
  ["sysctls", each("sysctl", pairs)],
  [
    "ulimits",
    each("ulimit", (value) =>
      Object.entries(mapping(value)).map(([name, limit]) => {
        const { soft, hard } = mapping(limit);
        return `${name}=${soft === undefined ? scalar(limit) : `${scalar(soft)}:${scalar(hard)}`}`;
      })),
  ],
  ["storage_opt", each("storage-opt", pairs)],
  ["mem_limit", each("memory")],
  ["mem_reservation", each("memory-reservation")],
  ["mem_swappiness", each("memory-swappiness")],
  ["memswap_limit", each("memory-swap")],
  ["cpuset", each("cpuset-cpus")],
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
