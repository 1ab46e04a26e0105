/**
 * What the program asks of a container engine: a dozen verbs, named as in the Docker Engine API.
 * Every verb takes a signal, and rejects with the signal's reason when that is aborted,
 * with EngineUnreachableError when there is no answer, and with EngineError when the engine refuses.
 */
import type { ContainerInspect, ExecInspect, ImageInspect } from "./api_types.ts";
import type { CreateBody, EndpointSettings } from "./create_body.ts";
import type { PullProgress } from "./pull_progress.ts";
import type { Instant } from "../logging/log_record.ts";

export interface PullOptions {
  /** In full, e.g. `docker.io/library/nginx`. */
  readonly repository: string;
  /** A tag or digest; without one the engine would pull all tags there are. */
  readonly tag: string;
  readonly platform: string | undefined;
  /** `X-Registry-Auth`: who we are to the registry. */
  readonly registryAuth: string | undefined;
  readonly onProgress: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
}

export interface BuildOptions {
  /** The name that the image gets. */
  readonly image: string;
  /** A tar archive. */
  readonly context: ReadableStream<Uint8Array>;
  /** Its path in the archive. */
  readonly dockerfile: string;
  /** The stage to end with; undefined for the last one. */
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  /** `X-Registry-Config`: who we are to the registries that base images come from. */
  readonly registryConfig: string | undefined;
  /** What the build has written, a line at a time; with none of them, that it has come on. */
  readonly onOutput: (lines: readonly string[]) => void;
  readonly signal: AbortSignal;
}

export interface CreateOptions {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: CreateBody;
}

/** `not-running` is met at once by a container that does not run, `next-exit` never. */
export type WaitCondition = "next-exit" | "not-running";

export interface ReadLogOptions {
  /** Whether to go on with what is added to it, until the container ends. */
  readonly follow: boolean;
  /** From the first entry on that is not older; undefined for all. */
  readonly since?: Instant | undefined;
  /** Only the last so many lines. */
  readonly tail?: number;
}

/** How a container ended, by ContainerWait. */
export interface ContainerExit {
  /** The container's own exit code; 128 + n when signal n ended it. */
  readonly statusCode: number;
  /** The engine's words, when it could not wait properly. */
  readonly error: string | undefined;
}

/** `kill`: somebody has sent it a signal, a user or the engine itself. `oom`: one of its processes ran out of memory. */
export type ContainerEvent = "kill" | "oom";

/** A command for a running container. */
export interface ExecRequest {
  /** The program and its arguments; no shell is involved. */
  readonly argv: readonly string[];
  /** Added to the container's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** A path in the container; undefined: the container's own. */
  readonly workdir: string | undefined;
  readonly hasStdin: boolean;
}

export interface ContainerEngine {
  readonly socketPath: string;
  /** Agrees on the API version that all other verbs use, e.g. `1.41`. To be called first. */
  negotiate(signal: AbortSignal): Promise<string>;
  /** Undefined where the engine has no such image. */
  inspectImage(image: string, signal: AbortSignal): Promise<ImageInspect | undefined>;
  /** `image`: as the user wrote it. */
  pullImage(image: string, options: PullOptions): Promise<void>;
  /** By the engine's own builder. When the signal is aborted the engine ends the build too. */
  buildImage(options: BuildOptions): Promise<void>;
  /** The container of exactly this name or full id; undefined where there is none. */
  inspectContainer(nameOrId: string, signal: AbortSignal): Promise<ContainerInspect | undefined>;
  createContainer(request: CreateOptions, signal: AbortSignal): Promise<{ id: string; warnings: string[] }>;
  connectNetwork(
    network: string,
    connection: { container: string; endpoint: EndpointSettings },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Both output streams from now on: frames (see `log_frames.ts`), or raw bytes of a TTY. Ends with the container.
   * Each piece is valid until the next one is asked for.
   */
  attachContainer(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /**
   * The engine's own log, with time stamps: see `log_entries.ts`, and `terminal_log.ts` for a container with a TTY.
   * Each piece is valid until the next one is asked for.
   */
  readLog(id: string, options: ReadLogOptions, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Gives the container another name. */
  renameContainer(id: string, name: string, signal: AbortSignal): Promise<void>;
  /**
   * The container's exit. The outer promise resolves when the engine has begun to wait,
   * so that a container that is started after that can not end unseen.
   */
  waitContainer(
    id: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ): Promise<{ readonly exit: Promise<ContainerExit> }>;
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Sends the stop signal, then SIGKILL after the container's own stop timeout. Resolves when it has ended. */
  stopContainer(id: string, signal: AbortSignal): Promise<void>;
  /** What happens to the container from now on, of these kinds; ends, or rejects, with the connection. */
  followEvents(
    id: string,
    kinds: readonly ContainerEvent[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerEvent>>;
  /** Ends the container at once if it runs, and removes it with its anonymous volumes. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Prepares a command, which is to be run once; yields its id. 409: the container is paused or does not run. */
  createExec(container: string, request: ExecRequest, signal: AbortSignal): Promise<string>;
  /**
   * Both output streams from its start on, as frames; ends with the command. `stdin`: only if the request said so.
   * A command that was prepared and not started stays in the engine's memory as long as the container is there.
   */
  startExec(
    id: string,
    stdin: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  /** Undefined where the engine knows of no such command, as after the end of its container. */
  inspectExec(id: string, signal: AbortSignal): Promise<ExecInspect | undefined>;
}
