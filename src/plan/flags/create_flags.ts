/**
 * The flags of `docker create` (Docker CLI 28.2), one row each: name, type of the value, and what it sets.
 * A row that names a field is read in both directions: `apply` sets the field, and `service_runner import` finds the
 * flag for a field of a container that exists (how its content is written: `flag_writers.ts`).
 */
import type { CreateBody, HostConfig } from "../../engine/create_body.ts";
import type { CreateDraft } from "../body/create_draft.ts";
import type { NetworkAttachment } from "../values/networks.ts";
import { userMap } from "../values/go_strings.ts";
import * as type from "./flag_types.ts";

/** A field of the create body. An inspected container has it too, under the same name. */
export type BodyField = Exclude<keyof CreateBody, "HostConfig"> | `HostConfig.${keyof HostConfig}`;

/** What such a field holds. */
export type FieldContent<F extends BodyField> = NonNullable<
  F extends keyof CreateBody ? CreateBody[F]
    : F extends `HostConfig.${infer Name extends keyof HostConfig}` ? HostConfig[Name]
    : never
>;

/** One flag: how it is written, what values it takes, what it does to the create body. */
export interface CreateFlag {
  readonly name: string;
  /** One letter, or empty. */
  readonly short: string;
  /** What stands for the value in messages, e.g. `list`. */
  readonly kind: string;
  /** The value that the flag has without one; such a flag takes a value only after `=`. */
  readonly valueIfBare: string | undefined;
  /** The CLI refuses it for an engine on Linux, whatever its value. */
  readonly onlyWindows: boolean;
  /** The fields of the body that the flag sets. */
  readonly fields: readonly BodyField[];
  /** Reads the value and puts it into the draft. @throws {ValueError} */
  readonly apply: (draft: CreateDraft, value: string) => void;
}

interface Effect<T> {
  readonly fields: readonly BodyField[];
  readonly put: (draft: CreateDraft, value: T) => void;
}

function flag<T>(
  spelling: string,
  { kind, parse, valueIfBare }: type.FlagType<T>,
  effect: Effect<T> | Effect<T>["put"],
): CreateFlag {
  const [name = "", short = ""] = spelling.split(" -");
  const { fields, put } = typeof effect === "function" ? { fields: [], put: effect } : effect;
  return {
    name,
    short,
    kind,
    valueIfBare,
    onlyWindows: effect === ONLY_WINDOWS,
    fields,
    apply: (draft, text) => put(draft, parse(text, draft.inputs)),
  };
}

/** Sets the field to what `combine` makes of its content so far and the flag's value. */
function into<F extends BodyField, T>(
  field: F,
  combine: (content: FieldContent<F> | undefined, value: T) => FieldContent<F>,
): Effect<T> {
  const name = field.replace("HostConfig.", "");
  return {
    fields: [field],
    put({ body, host }, value) {
      const owner = (name === field ? body : host) as Record<string, FieldContent<F> | undefined>;
      owner[name] = combine(owner[name], value);
    },
  };
}

/** Sets the field to the value; the last one counts. */
function set<F extends BodyField>(field: F): Effect<FieldContent<F>> {
  return into(field, (_content, value) => value);
}

/** Adds the value to the list in the field. */
function add<F extends BodyField>(field: F): Effect<ItemOf<FieldContent<F>>> {
  return into(field, (list, value) => [...list as unknown[] ?? [], value] as FieldContent<F>);
}

type ItemOf<List> = List extends (infer Item)[] ? Item : never;

/** Adds a name and a value to the map in the field. */
function entry(
  field: "HostConfig.Annotations" | "HostConfig.Sysctls",
): Effect<[name: string, value: string]> {
  return into(field, (map = {}, pair) => userMap([...Object.entries(map), pair]));
}

/** For values that only make sense together with other flags: `finish_body.ts` reads them and sets these fields. */
function readInFinishBody(...fields: BodyField[]): Effect<unknown> {
  return { fields, put() {} };
}

/** The first network becomes the mode; `finish_body.ts` makes an endpoint for each. */
const NETWORKS: Effect<NetworkAttachment> = {
  fields: ["HostConfig.NetworkMode"],
  put: ({ networks }, network) => networks.push(network),
};

const ONLY_WINDOWS = readInFinishBody();

// deno-fmt-ignore
const FLAGS: readonly CreateFlag[] = [
  flag("add-host", type.EXTRA_HOST, add("HostConfig.ExtraHosts")),
  flag("annotation", type.MAP, entry("HostConfig.Annotations")),
  flag("attach -a", type.STREAM, ({ attach }, v) => attach.add(v)),
  flag("blkio-weight", type.UINT16, set("HostConfig.BlkioWeight")),
  flag("blkio-weight-device", type.DEVICE_WEIGHT, add("HostConfig.BlkioWeightDevice")),
  flag("cap-add", type.LIST, add("HostConfig.CapAdd")),
  flag("cap-drop", type.LIST, add("HostConfig.CapDrop")),
  flag("cgroup-parent", type.STRING, set("HostConfig.CgroupParent")),
  flag("cgroupns", type.STRING, set("HostConfig.CgroupnsMode")),
  flag("cidfile", type.STRING, set("HostConfig.ContainerIDFile")),
  flag("cpu-count", type.INT, ONLY_WINDOWS),
  flag("cpu-percent", type.INT, ONLY_WINDOWS),
  flag("cpu-period", type.INT, set("HostConfig.CpuPeriod")),
  flag("cpu-quota", type.INT, set("HostConfig.CpuQuota")),
  flag("cpu-rt-period", type.INT, set("HostConfig.CpuRealtimePeriod")),
  flag("cpu-rt-runtime", type.INT, set("HostConfig.CpuRealtimeRuntime")),
  flag("cpu-shares -c", type.INT, set("HostConfig.CpuShares")),
  flag("cpus", type.CPUS, set("HostConfig.NanoCpus")),
  flag("cpuset-cpus", type.STRING, set("HostConfig.CpusetCpus")),
  flag("cpuset-mems", type.STRING, set("HostConfig.CpusetMems")),
  flag("device", type.LIST, readInFinishBody("HostConfig.Devices")),
  flag("device-cgroup-rule", type.DEVICE_RULE, add("HostConfig.DeviceCgroupRules")),
  flag("device-read-bps", type.BYTES_RATE, add("HostConfig.BlkioDeviceReadBps")),
  flag("device-read-iops", type.OPERATIONS_RATE, add("HostConfig.BlkioDeviceReadIOps")),
  flag("device-write-bps", type.BYTES_RATE, add("HostConfig.BlkioDeviceWriteBps")),
  flag("device-write-iops", type.OPERATIONS_RATE, add("HostConfig.BlkioDeviceWriteIOps")),
  flag("disable-content-trust", type.BOOL, (draft, v) => draft.contentTrust = !v),
  flag("dns", type.IP, add("HostConfig.Dns")),
  flag("dns-opt", type.LIST, add("HostConfig.DnsOptions")),
  flag("dns-option", type.LIST, add("HostConfig.DnsOptions")),
  flag("dns-search", type.SEARCH_DOMAIN, add("HostConfig.DnsSearch")),
  flag("domainname", type.STRING, set("Domainname")),
  // An empty value removes the image's entrypoint.
  flag("entrypoint", type.STRING, into("Entrypoint", (_, v) => [v])),
  flag("env -e", type.ENV, readInFinishBody("Env")),
  flag("env-file", type.LIST, readInFinishBody()),
  flag("expose", type.LIST, readInFinishBody("ExposedPorts")),
  flag("gpus", type.GPUS, add("HostConfig.DeviceRequests")),
  flag("group-add", type.LIST, add("HostConfig.GroupAdd")),
  flag("health-cmd", type.STRING, ({ health }, v) => health.command = v),
  flag("health-interval", type.DURATION, ({ health: { settings } }, v) => settings.Interval = v),
  flag("health-retries", type.INT, ({ health: { settings } }, v) => settings.Retries = v),
  flag("health-start-interval", type.DURATION, ({ health: { settings } }, v) => settings.StartInterval = v),
  flag("health-start-period", type.DURATION, ({ health: { settings } }, v) => settings.StartPeriod = v),
  flag("health-timeout", type.DURATION, ({ health: { settings } }, v) => settings.Timeout = v),
  flag("help", type.BOOL, (draft, v) => draft.help = v),
  flag("hostname -h", type.STRING, set("Hostname")),
  flag("init", type.BOOL, set("HostConfig.Init")),
  flag("interactive -i", type.BOOL, set("OpenStdin")),
  flag("io-maxbandwidth", type.SIZE, ONLY_WINDOWS),
  flag("io-maxiops", type.UINT64, ONLY_WINDOWS),
  flag("ip", type.STRING, readInFinishBody()),
  flag("ip6", type.STRING, readInFinishBody()),
  flag("ipc", type.STRING, set("HostConfig.IpcMode")),
  flag("isolation", type.STRING, set("HostConfig.Isolation")),
  flag("kernel-memory", type.SIZE, set("HostConfig.KernelMemory")),
  flag("label -l", type.LABEL, readInFinishBody("Labels")),
  flag("label-file", type.LIST, readInFinishBody()),
  flag("link", type.LINK, add("HostConfig.Links")),
  flag("link-local-ip", type.LIST, readInFinishBody()),
  flag("log-driver", type.STRING, readInFinishBody("HostConfig.LogConfig")),
  flag("log-opt", type.LIST, readInFinishBody()),
  flag("mac-address", type.STRING, readInFinishBody("MacAddress")),
  flag("memory -m", type.SIZE, set("HostConfig.Memory")),
  flag("memory-reservation", type.SIZE, set("HostConfig.MemoryReservation")),
  flag("memory-swap", type.SWAP_SIZE, set("HostConfig.MemorySwap")),
  flag("memory-swappiness", type.INT, set("HostConfig.MemorySwappiness")),
  flag("mount", type.MOUNT, {
    fields: ["HostConfig.Mounts"],
    put({ host, warnings }, v) {
      host.Mounts = [...host.Mounts ?? [], v.mount];
      warnings.push(...v.warnings);
    },
  }),
  flag("name", type.STRING, (draft, v) => draft.name = v),
  flag("net", type.NETWORK, NETWORKS),
  flag("net-alias", type.LIST, readInFinishBody()),
  flag("network", type.NETWORK, NETWORKS),
  flag("network-alias", type.LIST, readInFinishBody()),
  flag("no-healthcheck", type.BOOL, { fields: ["Healthcheck"], put: ({ health }, v) => health.none = v }),
  flag("oom-kill-disable", type.BOOL, set("HostConfig.OomKillDisable")),
  flag("oom-score-adj", type.INT, set("HostConfig.OomScoreAdj")),
  flag("pid", type.STRING, set("HostConfig.PidMode")),
  flag("pids-limit", type.INT, set("HostConfig.PidsLimit")),
  flag("platform", type.STRING, (draft, v) => draft.platform = v),
  flag("privileged", type.BOOL, set("HostConfig.Privileged")),
  flag("publish -p", type.LIST, readInFinishBody("HostConfig.PortBindings")),
  flag("publish-all -P", type.BOOL, set("HostConfig.PublishAllPorts")),
  flag("pull", type.STRING, (draft, v) => draft.pull = v),
  flag("quiet -q", type.BOOL, readInFinishBody()),
  flag("read-only", type.BOOL, set("HostConfig.ReadonlyRootfs")),
  flag("restart", type.STRING, readInFinishBody("HostConfig.RestartPolicy")),
  flag("rm", type.BOOL, set("HostConfig.AutoRemove")),
  flag("runtime", type.STRING, set("HostConfig.Runtime")),
  flag("security-opt", type.LIST, readInFinishBody("HostConfig.SecurityOpt", "HostConfig.MaskedPaths")),
  flag("shm-size", type.SIZE, set("HostConfig.ShmSize")),
  flag("stop-signal", type.STRING, set("StopSignal")),
  flag("stop-timeout", type.INT, set("StopTimeout")),
  flag("storage-opt", type.LIST, readInFinishBody("HostConfig.StorageOpt")),
  flag("sysctl", type.SYSCTL, entry("HostConfig.Sysctls")),
  flag("tmpfs", type.LIST, readInFinishBody("HostConfig.Tmpfs")),
  flag("tty -t", type.BOOL, set("Tty")),
  flag("ulimit", type.ULIMIT, into("HostConfig.Ulimits", (all = [], v) => [...all.filter(({ Name }) => Name !== v.Name), v])),
  flag("use-api-socket", type.BOOL, (draft, v) => draft.useApiSocket = v),
  flag("user -u", type.STRING, set("User")),
  flag("userns", type.STRING, set("HostConfig.UsernsMode")),
  flag("uts", type.STRING, set("HostConfig.UTSMode")),
  flag("volume -v", type.LIST, readInFinishBody("HostConfig.Binds", "Volumes")),
  flag("volume-driver", type.STRING, set("HostConfig.VolumeDriver")),
  flag("volumes-from", type.LIST, add("HostConfig.VolumesFrom")),
  flag("workdir -w", type.STRING, set("WorkingDir")),
];

/** By field, e.g. `HostConfig.Memory`: the flag that sets it; of aliases the later row (`--dns-option`, `--network`). */
export const FLAGS_BY_FIELD: ReadonlyMap<string, CreateFlag> = new Map(
  FLAGS.flatMap((row) => row.fields.map((field) => [field, row])),
);

/** Every flag by its long name. */
export const FLAGS_BY_NAME: ReadonlyMap<string, CreateFlag> = new Map(FLAGS.map((row) => [row.name, row]));

/** The flags that have a shorthand, by that letter. */
export const FLAGS_BY_LETTER: ReadonlyMap<string, CreateFlag> = new Map(
  FLAGS.filter((row) => row.short !== "").map((row) => [row.short, row]),
);

/** The flag as messages name it, e.g. `-p, --publish`. */
export function flagLabel({ name, short }: Pick<CreateFlag, "name" | "short">): string {
  return short === "" ? `--${name}` : `-${short}, --${name}`;
}
