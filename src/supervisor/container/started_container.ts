/** A container that has been started, with all that is known of it from outside. */
import type { ContainerExit } from "../../engine/engine.ts";
import type { EventWatch } from "../../engine/event_watch.ts";
import type { LogPump } from "../log/log_pump.ts";

/** A container that runs, without the connections to it. */
export interface RunningContainer {
  readonly id: string;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  /** e.g. `nginx@sha256:…`, or the image's id if it was built here. */
  readonly imageDigest: string;
  readonly pump: LogPump;
}

export interface StartedContainer extends RunningContainer {
  /** Rejects when the engine is lost. */
  readonly exit: Promise<ContainerExit>;
  /** Resolves when the last line is out; rejects when the stream breaks off. */
  readonly logged: Promise<void>;
  readonly events: EventWatch;
  /**
   * Closes the connections that `exit`, `logged` and `events` depend on: to be done by whoever has ended the container,
   * since the engine's events of a container go on after its end.
   */
  readonly connections: AbortController;
  /** True where it had ended before these connections to it were made. */
  readonly hasEnded: boolean;
}
