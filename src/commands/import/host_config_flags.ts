/** The fields of a container's HostConfig, one row each: the flags that give them. */

type HostConfig = Readonly<Record<string, unknown>>;
type Row = (value: unknown, host: HostConfig) => string[];

/** Not set, in one of the ways in which the engine says so. */
export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object") return false;
  return Array.isArray(value) ? value.every(isNothing) : Object.values(value).every(isNothing);
}

const NOTHING: Row = () => [];

function one(flag: string, ...defaults: unknown[]): Row {
  return (value) => isNothing(value) || defaults.includes(value) ? [] : [`--${flag}=${value}`];
}

function each(flag: string): Row {
  return (value) => ((value ?? []) as unknown[]).map((item) => `--${flag}=${item}`);
}

function pairs(flag: string): Row {
  return (value) =>
    Object.entries((value ?? {}) as object).map(([name, item]) => `--${flag}=${name}=${item}`);
}

function bool(flag: string): Row {
  return (value) => value === true ? [`--${flag}`] : [];
}

function rates(flag: string): Row {
  return (value) =>
    ((value ?? []) as { Path: string; Rate?: number; Weight?: number }[])
      .map(({ Path, Rate, Weight }) => `--${flag}=${Path}:${Rate ?? Weight}`);
}

const SHM_DEFAULT = 64 * 1024 * 1024;

export const HOST_CONFIG_FLAGS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["Binds", each("volume")],
  ["Mounts", (value) => ((value ?? []) as Mount[]).map(mountFlag)],
  ["PortBindings", portFlags],
  ["PublishAllPorts", bool("publish-all")],
  ["NetworkMode", NOTHING],
  ["RestartPolicy", NOTHING],
  ["AutoRemove", NOTHING],
  ["ContainerIDFile", NOTHING],
  ["LogConfig", NOTHING],
  ["ConsoleSize", NOTHING],
  ["MaskedPaths", NOTHING],
  ["ReadonlyPaths", NOTHING],
  ["VolumeDriver", one("volume-driver")],
  ["VolumesFrom", each("volumes-from")],
  ["CapAdd", each("cap-add")],
  ["CapDrop", each("cap-drop")],
  ["CgroupnsMode", one("cgroupns", "private", "host")],
  ["Dns", each("dns")],
  ["DnsOptions", each("dns-option")],
  ["DnsSearch", each("dns-search")],
  ["ExtraHosts", each("add-host")],
  ["GroupAdd", each("group-add")],
  ["IpcMode", one("ipc", "private", "shareable")],
  ["Cgroup", NOTHING],
  ["Links", (value) =>
    ((value ?? []) as string[]).map((link) => {
      const [source = "", alias = ""] = link.split(":").map((part) => part.slice(part.lastIndexOf("/") + 1));
      return `--link=${source}:${alias}`;
    })],
  ["OomScoreAdj", one("oom-score-adj")],
  ["PidMode", one("pid")],
  ["Privileged", bool("privileged")],
  ["ReadonlyRootfs", bool("read-only")],
  // A privileged container has it of itself.
  [
    "SecurityOpt",
    (value, { Privileged }) =>
      each("security-opt")(
        ((value ?? []) as string[]).filter((option) => !Privileged || option !== "label=disable"),
        {},
      ),
  ],
  ["StorageOpt", pairs("storage-opt")],
  [
    "Tmpfs",
    (value) =>
      Object.entries((value ?? {}) as Record<string, string>).map(([path, options]) =>
        `--tmpfs=${path}${options === "" ? "" : `:${options}`}`
      ),
  ],
  ["UTSMode", one("uts")],
  ["UsernsMode", one("userns")],
  ["ShmSize", one("shm-size", SHM_DEFAULT)],
  ["Sysctls", pairs("sysctl")],
  ["Annotations", pairs("annotation")],
  ["Runtime", one("runtime", "runc")],
  ["Isolation", one("isolation", "default")],
  ["Init", (value) => value === true ? ["--init"] : []],
  ["CpuShares", one("cpu-shares")],
  ["CpuPeriod", one("cpu-period")],
  ["CpuQuota", one("cpu-quota")],
  ["CpuRealtimePeriod", one("cpu-rt-period")],
  ["CpuRealtimeRuntime", one("cpu-rt-runtime")],
  ["NanoCpus", (value) => isNothing(value) ? [] : [`--cpus=${Number(value) / 1e9}`]],
  ["CpusetCpus", one("cpuset-cpus")],
  ["CpusetMems", one("cpuset-mems")],
  ["CgroupParent", one("cgroup-parent")],
  ["Memory", one("memory")],
  ["MemoryReservation", one("memory-reservation")],
  // Twice the memory is what comes of --memory alone.
  [
    "MemorySwap",
    (value, { Memory }) => isNothing(value) || value === 2 * Number(Memory) ? [] : [`--memory-swap=${value}`],
  ],
  ["MemorySwappiness", one("memory-swappiness", -1)],
  ["KernelMemory", one("kernel-memory")],
  ["OomKillDisable", bool("oom-kill-disable")],
  ["PidsLimit", one("pids-limit")],
  [
    "Ulimits",
    (value) =>
      ((value ?? []) as { Name: string; Soft: number; Hard: number }[]).map(({ Name, Soft, Hard }) =>
        `--ulimit=${Name}=${Soft}:${Hard}`
      ),
  ],
  ["BlkioWeight", one("blkio-weight")],
  ["BlkioWeightDevice", rates("blkio-weight-device")],
  ["BlkioDeviceReadBps", rates("device-read-bps")],
  ["BlkioDeviceWriteBps", rates("device-write-bps")],
  ["BlkioDeviceReadIOps", rates("device-read-iops")],
  ["BlkioDeviceWriteIOps", rates("device-write-iops")],
  [
    "Devices",
    (value) =>
      ((value ?? []) as { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[])
        .map((device) =>
          `--device=${device.PathOnHost}:${device.PathInContainer}:${device.CgroupPermissions}`
        ),
  ],
  ["DeviceCgroupRules", each("device-cgroup-rule")],
  [
    "DeviceRequests",
    (value) =>
      ((value ?? []) as { Count?: number; DeviceIDs?: string[] | null }[]).map(({ Count, DeviceIDs }) =>
        DeviceIDs?.length
          ? `--gpus="device=${DeviceIDs.join(",")}"`
          : `--gpus=${Count === -1 ? "all" : Count}`
      ),
  ],
]);

interface Mount {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
}

function mountFlag({ Type, Source, Target, ReadOnly, BindOptions, TmpfsOptions }: Mount): string {
  const fields = [`type=${Type}`];
  if (Source) fields.push(`source=${Source}`);
  fields.push(`target=${Target}`);
  if (ReadOnly) fields.push("readonly");
  if (BindOptions?.Propagation) fields.push(`bind-propagation=${BindOptions.Propagation}`);
  if (TmpfsOptions?.SizeBytes) fields.push(`tmpfs-size=${TmpfsOptions.SizeBytes}`);
  if (TmpfsOptions?.Mode) fields.push(`tmpfs-mode=${TmpfsOptions.Mode.toString(8)}`);
  return `--mount=${fields.join(",")}`;
}

/** e.g. `127.0.0.1:8080:80/udp` */
function portFlags(value: unknown): string[] {
  const bindings = Object.entries(
    (value ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>,
  );
  return bindings.flatMap(([port, hosts]) =>
    (hosts ?? []).map(({ HostIp = "", HostPort = "" }) => {
      const address = HostIp === "" ? "" : `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:`;
      const published = HostPort === "" && address === "" ? "" : `${HostPort}:`;
      return `--publish=${address}${published}${port.replace(/\/tcp$/, "")}`;
    })
  );
}
