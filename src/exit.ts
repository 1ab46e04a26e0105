/**
 * Ending or error → what systemd gets of it: exit code, STATUS=, ERRNO=.
 * Codes: systemd.exec(5), sysexits.h(3head). Numbers of errors: errno(3).
 */
import { ConfigError, EngineUnreachableError, NotReadyError, RegistryUnreachableError } from "./errors.ts";
import { checkFailure, type Outcome } from "./supervisor/outcome.ts";

export const EX_OK = 0;
export const EX_USAGE = 64;
export const EX_UNAVAILABLE = 69;
export const EX_SOFTWARE = 70;
/** A check has ended the run. Nothing else uses it, so that a unit can treat it in a way of its own. */
const EX_TEMPFAIL = 75;
export const EX_CONFIG = 78;

const ENOENT = 2;
const EIO = 5;
const ECHILD = 10;
const ENOMEM = 12;
const EACCES = 13;
const EINVAL = 22;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;
const EHOSTUNREACH = 113;
const EREMOTEIO = 121;

export interface Ending {
  readonly exitCode: number;
  /** For `systemctl status`; undefined where there is nothing to say. */
  readonly status?: string;
  readonly errno?: number;
}

/** Of a run that ended as expected: the container's own code, unless it was asked to stop. */
export function outcomeEnding(outcome: Outcome): Ending {
  if (outcome.kind === "stopped") return { exitCode: EX_OK };
  if (outcome.kind === "engine_lost") {
    return {
      exitCode: EX_UNAVAILABLE,
      status: "Failed: the container has ended with the engine",
      errno: ECONNREFUSED,
    };
  }
  if (outcome.kind === "check_failed") {
    return { exitCode: EX_TEMPFAIL, status: `Failed: ${checkFailure(outcome)}`, errno: EREMOTEIO };
  }
  const { statusCode, oomKilled, meaning } = outcome;
  const status = `The container has ended by itself: ${meaning}`;
  if (statusCode === 0) return { exitCode: EX_OK, status };
  const errno = oomKilled ? ENOMEM : statusCode === 127 ? ENOENT : statusCode === 126 ? EACCES : ECHILD;
  return { exitCode: statusCode, status: `Failed: ${status}`, errno };
}

export function errorEnding(error: unknown): Ending {
  const status = `Failed: ${error instanceof Error ? error.message : error}`;
  if (error instanceof ConfigError) return { exitCode: EX_CONFIG, status, errno: EINVAL };
  if (error instanceof EngineUnreachableError) {
    return { exitCode: EX_UNAVAILABLE, status, errno: ECONNREFUSED };
  }
  if (error instanceof RegistryUnreachableError) {
    return { exitCode: EX_UNAVAILABLE, status, errno: EHOSTUNREACH };
  }
  if (error instanceof NotReadyError) return { exitCode: EX_SOFTWARE, status, errno: ETIMEDOUT };
  // The engine's refusal, or a defect of ours.
  return { exitCode: EX_SOFTWARE, status, errno: EIO };
}
