/** The flags of `docker create` (Docker CLI 28.2), one row each. */
import type { CreateDraft } from "../body/create_draft.ts";
import * as type from "./flag_types.ts";

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
  /** Reads the value and puts it into the draft. @throws {ValueError} */
  readonly apply: (draft: CreateDraft, value: string) => void;
}

interface RowOptions {
  readonly onlyWindows?: boolean;
}

function flag<T>(
  spelling: string,
  flagType: type.FlagType<T>,
  set: (draft: CreateDraft, value: T) => void,
  { onlyWindows = false }: RowOptions = {},
): CreateFlag {
  const [name = "", short = ""] = spelling.split(" -");
  const { kind, parse, valueIfBare } = flagType;
  return {
    name,
    short,
    kind,
    valueIfBare,
    onlyWindows,
    apply: (draft, text) => set(draft, parse(text, draft.inputs)),
  };
}

/** A flag whose values are read together with others', in `finish_body.ts`. */
function readInFinishBody(): void {}

const WINDOWS: RowOptions = { onlyWindows: true };

// deno-fmt-ignore
const FLAGS: readonly CreateFlag[] = [
  flag("add-host", type.EXTRA_HOST, ({ host }, v) => host.ExtraHosts.push(v)),
  flag("annotation", type.MAP, ({ annotations }, [name, value]) => annotations.set(name, value)),
  flag("attach -a", type.STREAM, ({ attach }, v) => attach.add(v)),
  flag("blkio-weight", type.UINT16, ({ host }, v) => host.BlkioWeight = v),
  flag("blkio-weight-device", type.DEVICE_WEIGHT, ({ host }, v) => host.BlkioWeightDevice.push(v)),
  flag("cap-add", type.LIST, ({ host }, v) => host.CapAdd.push(v)),
  flag("cap-drop", type.LIST, ({ host }, v) => host.CapDrop.push(v)),
  flag("cgroup-parent", type.STRING, ({ host }, v) => host.CgroupParent = v),
  flag("cgroupns", type.STRING, ({ host }, v) => host.CgroupnsMode = v),
  flag("cidfile", type.STRING, ({ host }, v) => host.ContainerIDFile = v),
  flag("cpu-count", type.INT, readInFinishBody, WINDOWS),
  flag("cpu-percent", type.INT, readInFinishBody, WINDOWS),
  flag("cpu-period", type.INT, ({ host }, v) => host.CpuPeriod = v),
  flag("cpu-quota", type.INT, ({ host }, v) => host.CpuQuota = v),
  flag("cpu-rt-period", type.INT, ({ host }, v) => host.CpuRealtimePeriod = v),
  flag("cpu-rt-runtime", type.INT, ({ host }, v) => host.CpuRealtimeRuntime = v),
  flag("cpu-shares -c", type.INT, ({ host }, v) => host.CpuShares = v),
  flag("cpus", type.CPUS, ({ host }, v) => host.NanoCpus = v),
  flag("cpuset-cpus", type.STRING, ({ host }, v) => host.CpusetCpus = v),
  flag("cpuset-mems", type.STRING, ({ host }, v) => host.CpusetMems = v),
  flag("device", type.LIST, readInFinishBody),
  flag("device-cgroup-rule", type.DEVICE_RULE, ({ host }, v) => host.DeviceCgroupRules.push(v)),
  flag("device-read-bps", type.BYTES_RATE, ({ host }, v) => host.BlkioDeviceReadBps.push(v)),
  flag("device-read-iops", type.OPERATIONS_RATE, ({ host }, v) => host.BlkioDeviceReadIOps.push(v)),
  flag("device-write-bps", type.BYTES_RATE, ({ host }, v) => host.BlkioDeviceWriteBps.push(v)),
  flag("device-write-iops", type.OPERATIONS_RATE, ({ host }, v) => host.BlkioDeviceWriteIOps.push(v)),
  flag("disable-content-trust", type.BOOL, (draft, v) => draft.contentTrust = !v),
  flag("dns", type.IP, ({ host }, v) => host.Dns.push(v)),
  flag("dns-opt", type.LIST, ({ host }, v) => host.DnsOptions.push(v)),
  flag("dns-option", type.LIST, ({ host }, v) => host.DnsOptions.push(v)),
  flag("dns-search", type.SEARCH_DOMAIN, ({ host }, v) => host.DnsSearch.push(v)),
  flag("domainname", type.STRING, ({ body }, v) => body.Domainname = v),
  // Given but empty, it takes away the image's entrypoint.
  flag("entrypoint", type.STRING, ({ body }, v) => body.Entrypoint = [v]),
  flag("env -e", type.ENV, readInFinishBody),
  flag("env-file", type.LIST, readInFinishBody),
  flag("expose", type.LIST, readInFinishBody),
  flag("gpus", type.GPUS, ({ host }, v) => host.DeviceRequests.push(v)),
  flag("group-add", type.LIST, ({ host }, v) => host.GroupAdd.push(v)),
  flag("health-cmd", type.STRING, ({ health }, v) => health.command = v),
  flag("health-interval", type.DURATION, ({ health }, v) => health.interval = v),
  flag("health-retries", type.INT, ({ health }, v) => health.retries = v),
  flag("health-start-interval", type.DURATION, ({ health }, v) => health.startInterval = v),
  flag("health-start-period", type.DURATION, ({ health }, v) => health.startPeriod = v),
  flag("health-timeout", type.DURATION, ({ health }, v) => health.timeout = v),
  flag("help", type.BOOL, (draft, v) => draft.help = v),
  flag("hostname -h", type.STRING, ({ body }, v) => body.Hostname = v),
  flag("init", type.BOOL, ({ host }, v) => host.Init = v),
  flag("interactive -i", type.BOOL, ({ body }, v) => body.OpenStdin = v),
  flag("io-maxbandwidth", type.SIZE, readInFinishBody, WINDOWS),
  flag("io-maxiops", type.UINT64, readInFinishBody, WINDOWS),
  flag("ip", type.STRING, readInFinishBody),
  flag("ip6", type.STRING, readInFinishBody),
  flag("ipc", type.STRING, ({ host }, v) => host.IpcMode = v),
  flag("isolation", type.STRING, ({ host }, v) => host.Isolation = v),
  flag("kernel-memory", type.SIZE, ({ host }, v) => host.KernelMemory = v),
  flag("label -l", type.LABEL, readInFinishBody),
  flag("label-file", type.LIST, readInFinishBody),
  flag("link", type.LINK, ({ host }, v) => host.Links.push(v)),
  flag("link-local-ip", type.LIST, readInFinishBody),
  flag("log-driver", type.STRING, readInFinishBody),
  flag("log-opt", type.LIST, readInFinishBody),
  flag("mac-address", type.STRING, readInFinishBody),
  flag("memory -m", type.SIZE, ({ host }, v) => host.Memory = v),
  flag("memory-reservation", type.SIZE, ({ host }, v) => host.MemoryReservation = v),
  flag("memory-swap", type.SWAP_SIZE, ({ host }, v) => host.MemorySwap = v),
  flag("memory-swappiness", type.INT, ({ host }, v) => host.MemorySwappiness = v),
  flag("mount", type.MOUNT, ({ host, warnings }, v) => {
    host.Mounts.push(v.mount);
    warnings.push(...v.warnings);
  }),
  flag("name", type.STRING, (draft, v) => draft.name = v),
  flag("net", type.NETWORK, ({ networks }, v) => networks.push(v)),
  flag("net-alias", type.LIST, readInFinishBody),
  flag("network", type.NETWORK, ({ networks }, v) => networks.push(v)),
  flag("network-alias", type.LIST, readInFinishBody),
  flag("no-healthcheck", type.BOOL, ({ health }, v) => health.none = v),
  flag("oom-kill-disable", type.BOOL, ({ host }, v) => host.OomKillDisable = v),
  flag("oom-score-adj", type.INT, ({ host }, v) => host.OomScoreAdj = v),
  flag("pid", type.STRING, ({ host }, v) => host.PidMode = v),
  flag("pids-limit", type.INT, ({ host }, v) => host.PidsLimit = v),
  flag("platform", type.STRING, (draft, v) => draft.platform = v),
  flag("privileged", type.BOOL, ({ host }, v) => host.Privileged = v),
  flag("publish -p", type.LIST, readInFinishBody),
  flag("publish-all -P", type.BOOL, ({ host }, v) => host.PublishAllPorts = v),
  flag("pull", type.STRING, (draft, v) => draft.pull = v),
  flag("quiet -q", type.BOOL, readInFinishBody),
  flag("read-only", type.BOOL, ({ host }, v) => host.ReadonlyRootfs = v),
  flag("restart", type.STRING, readInFinishBody),
  flag("rm", type.BOOL, ({ host }, v) => host.AutoRemove = v),
  flag("runtime", type.STRING, ({ host }, v) => host.Runtime = v),
  flag("security-opt", type.LIST, readInFinishBody),
  flag("shm-size", type.SIZE, ({ host }, v) => host.ShmSize = v),
  flag("stop-signal", type.STRING, ({ body }, v) => body.StopSignal = v),
  flag("stop-timeout", type.INT, ({ body }, v) => body.StopTimeout = v),
  flag("storage-opt", type.LIST, readInFinishBody),
  flag("sysctl", type.SYSCTL, ({ sysctls }, [name, value]) => sysctls.set(name, value)),
  flag("tmpfs", type.LIST, readInFinishBody),
  flag("tty -t", type.BOOL, ({ body }, v) => body.Tty = v),
  flag("ulimit", type.ULIMIT, ({ host }, v) => {
    host.Ulimits = [...host.Ulimits.filter(({ Name }) => Name !== v.Name), v];
  }),
  flag("use-api-socket", type.BOOL, (draft, v) => draft.useApiSocket = v),
  flag("user -u", type.STRING, ({ body }, v) => body.User = v),
  flag("userns", type.STRING, ({ host }, v) => host.UsernsMode = v),
  flag("uts", type.STRING, ({ host }, v) => host.UTSMode = v),
  flag("volume -v", type.LIST, readInFinishBody),
  flag("volume-driver", type.STRING, ({ host }, v) => host.VolumeDriver = v),
  flag("volumes-from", type.LIST, ({ host }, v) => host.VolumesFrom.push(v)),
  flag("workdir -w", type.STRING, ({ body }, v) => body.WorkingDir = v),
];

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
