/**
 * What the program asks of a container engine, verb by verb, named as in the Docker Engine API; each names the
 * operation that `docker_engine.ts` makes of it.
 * Every verb takes a signal. It rejects with the signal's reason when that is aborted, with EngineUnreachableError
 * when there is no answer, and with EngineError when the engine refuses.
 */
import type { ContainerInspect, ExecInspect, ImageInspect } from "./api_types.ts";
import type { CreateBody, EndpointSettings } from "./create_body.ts";
import type { PullProgress } from "./pull_progress.ts";
import type { Distribution, SwarmEngine } from "./swarm_engine.ts";
import type { Instant } from "../logging/log_record.ts";

/** An image to be pulled, and from where. */
export interface PullOptions {
  /** In full, e.g. `docker.io/library/nginx`. */
  readonly repository: string;
  /** A tag or digest; without one the engine would pull all tags there are. */
  readonly tag: string;
  /** E.g. `linux/arm64`; undefined: the engine's own. */
  readonly platform: string | undefined;
  /** The header `X-Registry-Auth`: who we are to the registry. Secret. */
  readonly registryAuth: string | undefined;
  readonly onProgress: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
}

/** A container to be created. */
export interface CreateOptions {
  readonly name: string;
  /** What the API wants in the query beside the name, e.g. `{ platform: "linux/arm64" }`. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: CreateBody;
}

/** Of a container that does not run: `not-running` is over at once, `next-exit` after its next start and exit. */
export type WaitCondition = "next-exit" | "not-running";

/** Which part of the engine's log is read. */
export interface ReadLogOptions {
  /** Whether to go on, after what is there, with what is added until the container ends. */
  readonly follow: boolean;
  /** No entries older than this; undefined for all. */
  readonly since?: Instant | undefined;
  /** No more than the last so many lines. */
  readonly tail?: number;
}

/** How a container ended. */
export interface ContainerExit {
  /** The container's own exit code; 128 + n when signal n ended it. */
  readonly statusCode: number;
  /** The engine's words, where it failed to wait. */
  readonly error: string | undefined;
}

/** `kill`: a user or the engine has sent it a signal. `oom`: one of its processes ran out of memory. */
export interface ContainerEvent {
  readonly action: "kill" | "oom" | "pause" | "unpause";
  /** Of `kill`: its number. */
  readonly signal: number;
}

/** A command to be run in a running container. */
export interface ExecRequest {
  /** The program and its arguments; no shell is involved. */
  readonly argv: readonly string[];
  /** Added to the variables of the container. */
  readonly environment: Readonly<Record<string, string>>;
  /** A path in the container; undefined: the container's own working directory. */
  readonly workdir: string | undefined;
  /** Whether `startExec` gives it something to read. */
  readonly hasStdin: boolean;
}

/** The engine as the rooms above know it; `docker_engine.ts` is the real one. */
export interface ContainerEngine {
  readonly socketPath: string;
  /** SystemPing, to be called first: yields the API version that all other verbs use from then on, e.g. `1.41`. */
  negotiate(signal: AbortSignal): Promise<string>;
  /** ImageInspect; undefined where the engine has no such image. */
  inspectImage(image: string, signal: AbortSignal): Promise<ImageInspect | undefined>;
  /** ImageCreate. `image`: as the user wrote it, for errors. @throws RegistryUnreachableError too */
  pullImage(image: string, options: PullOptions): Promise<void>;
  /** ImageTag: gives the image one more name, e.g. `service_runner/web:previous`, which another one may have had. */
  tagImage(
    id: string,
    name: { readonly repository: string; readonly tag: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** ImageDelete: takes a name away, and with its last name, or by its id, the image. 409: something uses it. */
  removeImage(nameOrId: string, signal: AbortSignal): Promise<void>;
  /** DistributionInspect: what the registry has under this name now. Counts as a pull at Docker Hub. */
  inspectDistribution(
    image: string,
    options: { readonly registryAuth: string | undefined; readonly signal: AbortSignal },
  ): Promise<Distribution>;
  /** ContainerInspect of the container with exactly this name or full id; undefined where there is none. */
  inspectContainer(nameOrId: string, signal: AbortSignal): Promise<ContainerInspect | undefined>;
  /** ContainerCreate; yields the new container's id, and what the engine warns of. */
  createContainer(request: CreateOptions, signal: AbortSignal): Promise<{ id: string; warnings: string[] }>;
  /** NetworkConnect: gives the container, by its id, an endpoint in one more network. */
  connectNetwork(
    network: string,
    connection: { container: string; endpoint: EndpointSettings },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * ContainerAttach: both output streams from now on, as frames (see `log_frames.ts`), or as raw bytes where the
   * container has a TTY. Ends with the container. Each piece is valid until the next one is asked for.
   */
  attachContainer(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /**
   * ContainerLogs: the engine's own log, with time stamps, as `log_entries.ts` reads it, or `terminal_log.ts` where
   * the container has a TTY. Each piece is valid until the next one is asked for.
   */
  readLog(id: string, options: ReadLogOptions, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** ContainerRename. 409: the name is taken. */
  renameContainer(id: string, name: string, signal: AbortSignal): Promise<void>;
  /**
   * ContainerWait. The outer promise resolves when the engine has begun to wait: a container that is started after
   * that can not end unseen. `exit` resolves when the container has ended.
   */
  waitContainer(
    id: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ): Promise<{ readonly exit: Promise<ContainerExit> }>;
  /** ContainerStart; no error where it runs already. */
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /**
   * ContainerStop: its stop signal, and SIGKILL when its own stop timeout is over. Resolves when it has ended; no
   * error where it does not run or is gone.
   */
  stopContainer(id: string, signal: AbortSignal): Promise<void>;
  /** SystemEvents of these kinds about the container, from now on; ends, or rejects, with the connection. */
  followEvents(
    id: string,
    kinds: readonly ContainerEvent["action"][],
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerEvent>>;
  /** ContainerDelete: kills it if it runs, and removes it and its anonymous volumes; no error where it is gone. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  /** ContainerExec: prepares a command, to be run once; yields its id. 409: the container is paused or does not run. */
  createExec(container: string, request: ExecRequest, signal: AbortSignal): Promise<string>;
  /**
   * ExecStart: runs a prepared command. Both its output streams as frames; ends with the command. `stdin` must be
   * given if, and only if, the request had `hasStdin`. Each piece is valid until the next one is asked for.
   * A command that is prepared and never started stays in the engine's memory as long as the container is there.
   */
  startExec(
    id: string,
    stdin: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  /** ExecInspect; undefined where the engine knows no such command, as after the end of its container. */
  inspectExec(id: string, signal: AbortSignal): Promise<ExecInspect | undefined>;
  /** The verbs for a manager of a swarm, which share connections and version with these. Asks nothing of the engine. */
  swarm(): Promise<SwarmEngine>;
}
