/**
 * What the engine answers: the wire fields that we use, in Docker's PascalCase.
 * Source: Docker Engine API 1.41 to 1.52, operation named at each type. What we send: `create_body.ts`.
 */

/** GET /containers/{id}/json (ContainerInspect) */
export interface ContainerInspect {
  readonly Id: string;
  /** With a leading slash, e.g. `/web`. */
  readonly Name: string;
  /** The id of the image, `sha256:…`. */
  readonly Image: string;
  readonly State: {
    /** created, running, paused, restarting, removing, exited or dead */
    readonly Status: string;
    /** Also while it is paused. */
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly Error: string;
    /** RFC 3339 with nanoseconds; year 1 where it does not apply. */
    readonly StartedAt: string;
    readonly FinishedAt: string;
    /** Absent where there is no HEALTHCHECK. */
    readonly Health?: {
      /** none, starting, healthy or unhealthy */
      readonly Status: string;
      /** The last results, the newest at the end. */
      readonly Log?: readonly { readonly Output: string }[] | null;
    };
  };
  readonly Config: {
    readonly Labels: Readonly<Record<string, string>> | null;
    /** Seconds; -1 waits for ever. Absent: the engine's default, 10. */
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig: {
    /** The driver in effect, the engine's default included. */
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> | null };
    /** e.g. `/srv/data:/data:ro` */
    readonly Binds: readonly string[] | null;
    /** The network that it was created with; `default` where none was named. */
    readonly NetworkMode: string;
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, EndpointAddresses>> | null;
  };
}

/** One network of a container, as ContainerInspect reports it. */
export interface EndpointAddresses {
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

/** GET /images/{name}/json (ImageInspect) */
export interface ImageInspect {
  readonly Id: string;
  /** e.g. `nginx@sha256:…`; empty for an image that was built here. */
  readonly RepoDigests?: readonly string[] | null;
  /** e.g. `nginx:latest`; empty, or null, for an image that only has an id. */
  readonly RepoTags?: readonly string[] | null;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

/** GET /distribution/{name}/json (DistributionInspect) */
export interface DistributionInspect {
  readonly Descriptor: { readonly digest: string };
  readonly Platforms?: readonly { readonly architecture?: string; readonly os?: string }[] | null;
}

/** POST /containers/{id}/wait (ContainerWait) */
export interface WaitResponse {
  readonly StatusCode: number;
  readonly Error?: { readonly Message?: string } | null;
}

/** One line of POST /images/create (ImageCreate) */
export interface PullMessage {
  readonly status?: string;
  /** The layer that the line is about. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

/** One line of GET /events (SystemEvents) */
export interface EventMessage {
  /** Of the kinds that were asked for. */
  readonly Action: "kill" | "oom" | "pause" | "unpause";
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}

/** GET /exec/{id}/json (ExecInspect) */
export interface ExecInspect {
  readonly Running: boolean;
  /** null as long as it runs; 126 and 127 also where it could not be started. */
  readonly ExitCode: number | null;
  /** As the engine's host counts; 0 before the start. */
  readonly Pid: number;
}
