/**
 * What the program asks of an engine that is a manager of a swarm, verb by verb, named as in the Docker Engine API;
 * each names the operation that `docker_swarm.ts` makes of it. Of signals and errors the same holds as of the verbs
 * in `engine.ts`.
 */
import type { Instant } from "../logging/log_record.ts";
import type { Node, Service, ServiceSpec, SwarmInfo, Task, TaskState } from "./swarm_types.ts";

export interface ServiceRequest {
  readonly spec: ServiceSpec;
  /** The header `X-Registry-Auth`, which the nodes use for their pulls, too. Secret. Undefined: nobody, or as stored. */
  readonly registryAuth: string | undefined;
}

export interface UpdateRequest extends ServiceRequest {
  /** Of the service that the spec was made from. */
  readonly version: number;
}

/** An image as its registry has it now. */
export interface Distribution {
  readonly digest: string;
  readonly platforms: readonly { readonly architecture: string; readonly os: string }[];
}

/** Which tasks are wanted. */
export interface TaskFilters {
  /** A name or id; 404 when the service is gone. */
  readonly service?: string;
  /** `KEY` or `KEY=VALUE` of the service's labels, which its tasks keep when it is gone. */
  readonly label?: string;
  readonly desiredState?: readonly TaskState[];
  /** Whether only those are wanted that the service's present spec has made (`_up-to-date`, as the Docker CLI asks). */
  readonly upToDate?: boolean;
}

/** Something of scope swarm has changed. There are none about tasks. */
export interface SwarmEvent {
  readonly type: "service" | "node";
  readonly action: "create" | "update" | "remove";
  /** The service's, or the node's. */
  readonly id: string;
  /** e.g. `{ name: "web", "updatestate.new": "completed" }` */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SwarmEngine {
  /** SystemInfo: what this engine is in the swarm. */
  swarmInfo(signal: AbortSignal): Promise<SwarmInfo>;
  /** DistributionInspect. Counts as a pull at Docker Hub. */
  inspectDistribution(
    image: string,
    options: { readonly registryAuth: string | undefined; readonly signal: AbortSignal },
  ): Promise<Distribution>;
  /** ServiceCreate. 409: the name is taken. 500 is ambiguous: it may be carried out later. */
  createService(request: ServiceRequest, signal: AbortSignal): Promise<{ id: string; warnings: string[] }>;
  /** ServiceUpdate. 500: "update out of sequence" if the version is old; else ambiguous. */
  updateService(id: string, request: UpdateRequest, signal: AbortSignal): Promise<{ warnings: string[] }>;
  /** ServiceUpdate with `rollback=previous`. */
  rollBackService(service: Service, signal: AbortSignal): Promise<void>;
  /** ServiceInspect of the service with exactly this name or id; undefined where there is none. */
  inspectService(nameOrId: string, signal: AbortSignal): Promise<Service | undefined>;
  /** ServiceDelete: returns at once, its tasks go later; no error where it is gone. */
  removeService(id: string, signal: AbortSignal): Promise<void>;
  /** TaskList */
  listTasks(filters: TaskFilters, signal: AbortSignal): Promise<Task[]>;
  /** NodeList */
  listNodes(signal: AbortSignal): Promise<Node[]>;
  /** SystemEvents of scope swarm about services and nodes, from now on; ends, or rejects, with the connection. */
  followSwarmEvents(signal: AbortSignal): Promise<AsyncIterable<SwarmEvent>>;
  /**
   * TaskLogs, followed, with time stamps, as ContainerLogs gives them out: `log_entries.ts` reads it, or `terminal_log.ts`
   * where the task has a TTY. Each piece is valid until the next one is asked for.
   * It does not end with the task, and may fall silent for good when its node was away: see `swarm/log/`, where it is
   * also said why ServiceLogs is not asked for.
   */
  followTaskLog(
    id: string,
    since: Instant | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
}
