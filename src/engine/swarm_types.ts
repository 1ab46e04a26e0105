/**
 * What the engine answers and is sent about Swarm services: the wire fields that we use, in Docker's PascalCase.
 * Source: Docker Engine API 1.41 to 1.52, operation named at each type. Durations are nanoseconds.
 */
import type { HealthConfig, UserMap, WireInteger } from "./create_body.ts";

/** POST /services/create (ServiceCreate), and the `Spec` of ServiceInspect. */
export interface ServiceSpec {
  Name: string;
  Labels: UserMap;
  TaskTemplate: TaskSpec;
  Mode: { Replicated: { Replicas: number } } | { Global: Record<string, never> };
  UpdateConfig: UpdatePolicy;
  RollbackConfig: UpdatePolicy;
  EndpointSpec?: { Mode?: string; Ports?: PublishedPort[] };
}

export interface TaskSpec {
  ContainerSpec: ContainerSpec;
  Resources?: {
    Limits?: ResourceLimits;
    Reservations?: ResourceLimits;
    SwapBytes?: WireInteger;
    MemorySwappiness?: WireInteger;
  };
  RestartPolicy?: { Condition: "none" | "on-failure" | "any"; MaxAttempts?: number };
  Placement?: {
    Constraints?: string[];
    Preferences?: { Spread: { SpreadDescriptor: string } }[];
    MaxReplicas?: number;
    Platforms?: { Architecture?: string; OS?: string }[];
  };
  Networks?: { Target: string; Aliases?: string[]; DriverOpts?: UserMap }[];
  LogDriver?: { Name: string; Options?: UserMap };
  /** Raised to replace all tasks, one after the other, without any other change. */
  ForceUpdate?: number;
}

export interface ContainerSpec {
  Image: string;
  Labels?: UserMap;
  Command?: string[];
  Args?: string[];
  Hostname?: string;
  Env?: string[];
  Dir?: string;
  User?: string;
  Groups?: string[];
  StopSignal?: string;
  StopGracePeriod?: WireInteger;
  ReadOnly?: boolean;
  TTY?: boolean;
  OpenStdin?: boolean;
  Isolation?: string;
  Init?: boolean;
  Healthcheck?: HealthConfig;
  /** `IP NAME` */
  Hosts?: string[];
  DNSConfig?: { Nameservers?: string[]; Search?: string[]; Options?: string[] };
  CapabilityAdd?: string[];
  CapabilityDrop?: string[];
  Sysctls?: UserMap;
  Ulimits?: { Name: string; Soft: WireInteger; Hard: WireInteger }[];
  OomScoreAdj?: WireInteger;
  Privileges?: {
    NoNewPrivileges?: boolean;
    /** `Profile`: base64. */
    Seccomp?: { Mode: "unconfined" | "custom" | "default"; Profile?: string };
    AppArmor?: { Mode: "disabled" | "default" };
    SELinuxContext?: { Disable?: boolean; User?: string; Role?: string; Type?: string; Level?: string };
  };
  Mounts?: ServiceMount[];
}

export interface ServiceMount {
  Type: "bind" | "volume" | "tmpfs" | "npipe" | "cluster";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: { Propagation?: string; NonRecursive?: boolean };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: UserMap;
    DriverConfig?: { Name?: string; Options?: UserMap };
    Subpath?: string;
  };
  TmpfsOptions?: { SizeBytes?: WireInteger; Mode?: number; Options?: string[][] };
}

export interface ResourceLimits {
  NanoCPUs?: WireInteger;
  MemoryBytes?: WireInteger;
  Pids?: WireInteger;
}

export interface PublishedPort {
  Protocol: "tcp" | "udp" | "sctp";
  TargetPort: number;
  /** Left out: the swarm chooses one. */
  PublishedPort?: number;
  PublishMode: "ingress" | "host";
}

export interface UpdatePolicy {
  /** 0: all at once. */
  Parallelism: number;
  Delay?: WireInteger;
  FailureAction?: "pause" | "continue" | "rollback";
  Monitor?: WireInteger;
  MaxFailureRatio?: number;
  Order?: "stop-first" | "start-first";
}

/** GET /services/{id} (ServiceInspect) */
export interface Service {
  readonly ID: string;
  /** Wanted by ServiceUpdate. */
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly Spec: ServiceSpec;
  readonly PreviousSpec?: ServiceSpec | null;
  readonly Endpoint?: { readonly Ports?: readonly Required<PublishedPort>[] | null };
  /** Not there until something has been updated that replaces tasks. */
  readonly UpdateStatus?: {
    readonly State?: UpdateState;
    readonly Message?: string;
    readonly StartedAt?: string;
    readonly CompletedAt?: string;
  } | null;
}

export type UpdateState =
  | "updating"
  | "paused"
  | "completed"
  | "rollback_started"
  | "rollback_paused"
  | "rollback_completed";

/** In the order of a task's life. */
export const TASK_STATES = [
  "new",
  "allocated",
  "pending",
  "assigned",
  "accepted",
  "preparing",
  "ready",
  "starting",
  "running",
  "complete",
  "shutdown",
  "failed",
  "rejected",
  "remove",
  "orphaned",
] as const;
export type TaskState = typeof TASK_STATES[number];

/** GET /tasks (TaskList) */
export interface Task {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly ServiceID: string;
  /** From 1; not there where the service runs once on every node. */
  readonly Slot?: number;
  /** Not there as long as no node is found for it. */
  readonly NodeID?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Spec: TaskSpec;
  readonly DesiredState: TaskState;
  readonly Status: {
    /** RFC 3339 with nanoseconds; jumps when a node comes back. */
    readonly Timestamp: string;
    readonly State: TaskState;
    readonly Message?: string;
    /** Why it does not run, e.g. `no suitable node (insufficient resources on 3 nodes)`. */
    readonly Err?: string;
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number };
  };
}

/** GET /nodes (NodeList) */
export interface Node {
  readonly ID: string;
  readonly Description: { readonly Hostname?: string };
  readonly Spec: { readonly Availability?: "active" | "pause" | "drain" };
  readonly Status: {
    readonly State: "unknown" | "down" | "ready" | "disconnected";
    readonly Message?: string;
    readonly Addr?: string;
  };
  /** Of managers only. */
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability?: string } | null;
}

/** `Swarm` of GET /info (SystemInfo). */
export interface SwarmInfo {
  readonly NodeID?: string;
  readonly LocalNodeState: "inactive" | "pending" | "active" | "error" | "locked";
  readonly ControlAvailable?: boolean;
  /** e.g. `rpc error: … The swarm does not have a leader …` */
  readonly Error?: string;
}
