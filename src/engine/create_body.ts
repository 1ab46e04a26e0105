/**
 * The JSON body of `POST /containers/create` (Engine API 1.41 to 1.51), in Docker's own field names.
 * Every field is optional: what is missing is the engine's or the image's default.
 */

/** A 64-bit integer on the wire: a `number` where that is exact, a `bigint` beyond 2^53. */
export type WireInteger = number | bigint;

/** A map whose keys the user chose, such as labels; an entry counts even if its value is empty. */
export type UserMap = Record<string, string>;

/** The whole body: the container's own settings, how the host runs it, and its networks. */
export interface CreateBody {
  Image: string;
  Cmd?: string[];
  /** `[""]` takes away the entrypoint of the image. */
  Entrypoint?: string[];
  Hostname?: string;
  Domainname?: string;
  User?: string;
  WorkingDir?: string;
  /** `NAME=value`; a bare `NAME` takes away the variable that the image sets. */
  Env?: string[];
  Labels?: UserMap;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  Tty?: boolean;
  OpenStdin?: boolean;
  StdinOnce?: boolean;
  /** Keys such as `80/tcp`. */
  ExposedPorts?: Record<string, EmptyObject>;
  /** Anonymous volumes, by their path in the container. */
  Volumes?: Record<string, EmptyObject>;
  Healthcheck?: HealthConfig;
  StopSignal?: string;
  /** Seconds; 0 kills at once. */
  StopTimeout?: WireInteger;
  /** Only for engines below API 1.44; later ones take it per endpoint. */
  MacAddress?: string;
  HostConfig?: HostConfig;
  NetworkingConfig?: NetworkingConfig;
}

export type EmptyObject = Record<string, never>;

/** Durations are nanoseconds. */
export interface HealthConfig {
  /** `["CMD-SHELL", command]`, or `["NONE"]` to switch the image's check off. */
  Test?: string[];
  Interval?: WireInteger;
  Timeout?: WireInteger;
  StartPeriod?: WireInteger;
  StartInterval?: WireInteger;
  Retries?: WireInteger;
}

/** What depends on the host: mounts, limits, namespaces, security. Sizes are bytes. */
export interface HostConfig extends Resources {
  /** `source:target[:options]`. */
  Binds?: string[];
  ContainerIDFile?: string;
  LogConfig?: { Type?: string; Config?: UserMap };
  NetworkMode?: string;
  PortBindings?: Record<string, PortBinding[]>;
  RestartPolicy?: RestartPolicy;
  AutoRemove?: boolean;
  VolumeDriver?: string;
  VolumesFrom?: string[];
  Annotations?: UserMap;
  CapAdd?: string[];
  CapDrop?: string[];
  CgroupnsMode?: string;
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  ExtraHosts?: string[];
  GroupAdd?: string[];
  IpcMode?: string;
  Isolation?: string;
  Links?: string[];
  OomScoreAdj?: WireInteger;
  PidMode?: string;
  Privileged?: boolean;
  PublishAllPorts?: boolean;
  ReadonlyRootfs?: boolean;
  SecurityOpt?: string[];
  StorageOpt?: UserMap;
  Tmpfs?: UserMap;
  UTSMode?: string;
  UsernsMode?: string;
  ShmSize?: WireInteger;
  Sysctls?: UserMap;
  Runtime?: string;
  Mounts?: Mount[];
  /** `[]` unmasks what the engine masks by default. */
  MaskedPaths?: string[];
  ReadonlyPaths?: string[];
  /** `false` overrides an engine that runs an init by default. */
  Init?: boolean;
}

/** Limits on CPU, memory, devices and block IO. */
export interface Resources {
  CpuShares?: WireInteger;
  CpuPeriod?: WireInteger;
  CpuQuota?: WireInteger;
  CpuRealtimePeriod?: WireInteger;
  CpuRealtimeRuntime?: WireInteger;
  /** Billionths of a CPU. */
  NanoCpus?: WireInteger;
  CpusetCpus?: string;
  CpusetMems?: string;
  CgroupParent?: string;
  Memory?: WireInteger;
  MemoryReservation?: WireInteger;
  /** Memory and swap together; -1 is unlimited. */
  MemorySwap?: WireInteger;
  MemorySwappiness?: WireInteger;
  /** Only engines of API 1.40 and 1.41 heed it. */
  KernelMemory?: WireInteger;
  OomKillDisable?: boolean;
  PidsLimit?: WireInteger;
  Ulimits?: Ulimit[];
  BlkioWeight?: WireInteger;
  BlkioWeightDevice?: WeightDevice[];
  BlkioDeviceReadBps?: ThrottleDevice[];
  BlkioDeviceWriteBps?: ThrottleDevice[];
  BlkioDeviceReadIOps?: ThrottleDevice[];
  BlkioDeviceWriteIOps?: ThrottleDevice[];
  Devices?: DeviceMapping[];
  DeviceCgroupRules?: string[];
  DeviceRequests?: DeviceRequest[];
}

export interface RestartPolicy {
  Name?: string;
  MaximumRetryCount?: WireInteger;
}

/** An empty `HostPort` lets the engine choose one. */
export interface PortBinding {
  HostIp?: string;
  HostPort?: string;
}

export interface Ulimit {
  Name: string;
  Soft: WireInteger;
  Hard: WireInteger;
}

export interface WeightDevice {
  Path: string;
  Weight: WireInteger;
}

export interface ThrottleDevice {
  Path: string;
  Rate: WireInteger;
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

/** `Count` -1 asks for all devices. */
export interface DeviceRequest {
  Driver?: string;
  Count?: WireInteger;
  DeviceIDs?: string[];
  Capabilities?: string[][];
  Options?: UserMap;
}

export interface Mount {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: BindOptions;
  VolumeOptions?: VolumeOptions;
  ImageOptions?: { Subpath?: string };
  TmpfsOptions?: { SizeBytes?: WireInteger; Mode?: number };
}

export interface BindOptions {
  Propagation?: string;
  NonRecursive?: boolean;
  ReadOnlyNonRecursive?: boolean;
  ReadOnlyForceRecursive?: boolean;
}

export interface VolumeOptions {
  NoCopy?: boolean;
  Labels?: UserMap;
  DriverConfig?: { Name?: string; Options?: UserMap };
  Subpath?: string;
}

/** Endpoints by network name or id. */
export interface NetworkingConfig {
  EndpointsConfig?: Record<string, EndpointSettings>;
}

export interface EndpointSettings {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  Links?: string[];
  Aliases?: string[];
  MacAddress?: string;
  DriverOpts?: UserMap;
  GwPriority?: WireInteger;
}

declare global {
  interface JSON {
    /** JSON text that `JSON.stringify` writes as it stands (ECMAScript proposal, in V8 since 11.4). */
    rawJSON(text: string): unknown;
  }
}

/** A create body, or an object that holds one, as JSON text; integers beyond 2^53 are written exactly. */
export function stringifyBody(body: object, indent = 0): string {
  const exact = (_key: string, value: unknown) =>
    typeof value === "bigint" ? JSON.rawJSON(String(value)) : value;
  return JSON.stringify(body, exact, indent);
}
