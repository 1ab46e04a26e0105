/**
 * The JSON body of `POST /containers/create` (Engine API 1.41 to 1.52), in Docker's own field names. The types are
 * dockerode's; what they lack, or where they say `any`, is written out here.
 * Every field is optional: what is missing is the engine's or the image's default.
 */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";

/** A 64-bit integer on the wire: a `number` where that is exact, a `bigint` beyond 2^53. */
export type WireInteger = number | bigint;

/** A map whose keys the user chose, such as labels; an entry counts even if its value is empty. */
export type UserMap = Record<string, string>;

export type EmptyObject = Record<string, never>;

/** `T` as it is sent: its integers are exact, and a field that is there has a value. */
type Wire<T> = T extends number ? WireInteger
  : T extends (infer Item)[] ? Wire<Item>[]
  : T extends object ? { [Field in keyof T]: Wire<Exclude<T[Field], undefined>> }
  : T;

/** `name` and `platform` are in the query. */
type NotInBody = "name" | "platform" | "abortSignal";

/** The whole body: the container's own settings, how the host runs it, and its networks. `StopTimeout`: seconds. */
export interface CreateBody extends Wire<Omit<Docker.ContainerCreateOptions, NotInBody | "HostConfig">> {
  Image: string;
  /** `[""]` takes away the entrypoint of the image. */
  Entrypoint?: string[];
  /** Keys such as `80/tcp`. */
  ExposedPorts?: Record<string, EmptyObject>;
  /** Anonymous volumes, by their path in the container. */
  Volumes?: Record<string, EmptyObject>;
  HostConfig?: HostConfig;
  /** Endpoints by network name or id. */
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointSettings> };
}

/** Durations are nanoseconds. `Test`: `["CMD-SHELL", command]`, or `["NONE"]` to switch the image's check off. */
export type HealthConfig = Wire<Docker.HealthConfig>;

/**
 * What depends on the host: mounts, limits, namespaces, security. Sizes are bytes, `NanoCpus` billionths of a CPU;
 * `MaskedPaths: []` unmasks what the engine masks by default.
 */
export type HostConfig = Wire<HostFields>;

interface HostFields extends Omit<Docker.HostConfig, "LogConfig" | "Mounts"> {
  Annotations?: UserMap;
  BlkioWeightDevice?: WeightDevice[];
  BlkioDeviceReadBps?: ThrottleDevice[];
  BlkioDeviceWriteBps?: ThrottleDevice[];
  BlkioDeviceReadIOps?: ThrottleDevice[];
  BlkioDeviceWriteIOps?: ThrottleDevice[];
  CapAdd?: string[];
  CapDrop?: string[];
  CgroupnsMode?: string;
  Devices?: DeviceMapping[];
  Dns?: string[];
  DnsOptions?: string[];
  ExtraHosts?: string[];
  Links?: string[];
  LogConfig?: { Type?: string; Config?: UserMap };
  Mounts?: Mount[];
  PortBindings?: Record<string, PortBinding[]>;
  SecurityOpt?: string[];
  Ulimits?: Required<Docker.Ulimit>[];
  VolumesFrom?: string[];
}

export type RestartPolicy = Wire<Docker.HostRestartPolicy>;

/** An empty `HostPort` lets the engine choose one. */
export type PortBinding = Wire<Docker.PortBinding>;

export type Ulimit = Wire<Required<Docker.Ulimit>>;

export interface WeightDevice {
  Path: string;
  Weight: WireInteger;
}

export interface ThrottleDevice {
  Path: string;
  Rate: WireInteger;
}

export type DeviceMapping = Docker.DeviceMapping;

/** `Count` -1 asks for all devices. */
export type DeviceRequest = Wire<Docker.DeviceRequest>;

export interface Mount {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    /** No flag sets it; Compose does. */
    CreateMountpoint?: boolean;
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: UserMap;
    DriverConfig?: { Name?: string; Options?: UserMap };
    Subpath?: string;
  };
  ImageOptions?: { Subpath?: string };
  TmpfsOptions?: { SizeBytes?: WireInteger; Mode?: WireInteger };
}

export type EndpointSettings = Wire<Docker.EndpointSettings & { GwPriority?: number }>;

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
