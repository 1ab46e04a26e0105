/** The error classes of the program. Which exit code each one means stands in `exit.ts`. */
import { withoutPage } from "./printable.ts";

/** One thing that is wrong with what the user wrote. */
export interface Problem {
  /** Where: a path of keys and list positions, e.g. `["monitor", "check_http", 0, "frequency"]`. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is allowed, e.g. `must be a whole number of at least 1, got "often"`. */
  readonly message: string;
  /** Set when the key itself is wrong (unknown, for example), not its value. */
  readonly atKey?: boolean;
  /** Set when the message says all by itself, and does not go on from the key as `must be …` does. */
  readonly standsAlone?: boolean;
  /** The part of the value that is wrong, where that is not all of it. */
  readonly part?: string;
  /** Characters of the file's text, where no path leads to the place. */
  readonly span?: { readonly start: number; readonly end: number };
}

/** A config file that can not be used; `message` is ready to be shown and names file, line and column. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
    message: string,
    /** The file's text, in which the problems have their places; undefined where it could not be read. */
    readonly text?: string,
  ) {
    super(message);
  }
}

/** No answer from the engine's socket: absent, refused, not permitted, or the connection broke. */
export class EngineUnreachableError extends Error {
  override name = "EngineUnreachableError";

  constructor(
    readonly socketPath: string,
    readonly reason: string,
    /** Whether waiting may help: not for a missing permission, unless the engine answered before. */
    readonly mayComeUp: boolean,
    options?: ErrorOptions,
  ) {
    super(`Cannot reach the Docker Engine at "${socketPath}": ${reason}`, options);
  }
}

/** The engine answers, but the swarm that it is in can not be asked: it has no leader, for example. */
export class SwarmUnreachableError extends EngineUnreachableError {
  override name = "SwarmUnreachableError";

  constructor(reason: string) {
    super("", reason, true);
    this.message = `Cannot reach the swarm: ${reason}`;
  }
}

/** The engine answered, and refused; `reason` keeps its own words, but for a page of HTML in them. */
export class EngineError extends Error {
  override name = "EngineError";
  readonly reason: string;

  constructor(
    /** What was asked for, e.g. `create the container "web"`. */
    readonly operation: string,
    readonly httpStatus: number,
    reason: string,
  ) {
    const shown = withoutPage(reason);
    super(`Cannot ${operation}: ${shown}`);
    this.reason = shown;
  }
}

/** The registry could not be reached from the engine; `reason` keeps the engine's words. */
export class RegistryUnreachableError extends EngineError {
  override name = "RegistryUnreachableError";
}

/** The container has started, but has not become ready in time. */
export class NotReadyError extends Error {
  override name = "NotReadyError";
  /** What else is known of the container, for the record: its last lines and the like. */
  circumstances: Readonly<Record<string, unknown>> = {};

  constructor(readonly reason: string) {
    super(`Cannot start the service: ${reason}`);
  }
}

/** Why a run ends: somebody has asked for it. */
export class StopRequest extends Error {
  override name = "StopRequest";
}

/** Something of this machine that the service needs can not be had, e.g. a file that can not be written. */
export class HostError extends Error {
  override name = "HostError";

  constructor(
    /** What was to be done, e.g. `write the file "/run/web.cid" (--cidfile)`. */
    readonly operation: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot ${operation}: ${reason}`, options);
  }
}

/** A value that its grammar does not take; the message says why, in the Docker CLI's words where they are good. */
export class ValueError extends Error {
  override name = "ValueError";
}

/** What `read` yields, or the ValueError that it throws. */
export function valueOrError<T>(read: () => T): T | ValueError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) return error;
    throw error;
  }
}
