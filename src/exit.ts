/**
 * Ending or error → what systemd gets of it: exit code, STATUS=, ERRNO=.
 * Codes: systemd.exec(5), sysexits.h(3head). Numbers of errors: errno(3).
 */
import { ConfigError, EngineUnreachableError, RegistryUnreachableError } from "./errors.ts";
import { checkFailure, type Outcome } from "./supervisor/outcome.ts";

export const EX_OK = 0;
export const EX_USAGE = 64;
export const EX_UNAVAILABLE = 69;
export const EX_SOFTWARE = 70;
/** A check, or the want of tasks, has ended the run. Nothing else uses it, so that a unit can treat it in a way of its own. */
const EX_TEMPFAIL = 75;
export const EX_CONFIG = 78;

/** errno(3), by the names that Deno's errors carry. */
const ERRNO: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENOMEM: 12,
  EACCES: 13,
  ENOTDIR: 20,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS: 30,
  ECONNRESET: 104,
  ECONNREFUSED: 111,
  EDQUOT: 122,
};

export interface Ending {
  readonly exitCode: number;
  /** For `systemctl status`; undefined where there is nothing to say. */
  readonly status?: string;
  readonly errno?: number;
}

/** Of a run that ended as expected: the container's own code, unless it was asked to stop. */
export function outcomeEnding(outcome: Outcome): Ending {
  switch (outcome.kind) {
    case "stopped":
      return { exitCode: EX_OK };
    case "engine_lost":
      return { exitCode: EX_UNAVAILABLE, status: "Failed: the container has ended with the engine" };
    case "check_failed":
      return { exitCode: EX_TEMPFAIL, status: `Failed: ${checkFailure(outcome)}` };
    case "too_few_tasks":
      return { exitCode: EX_TEMPFAIL, status: `Failed: ${outcome.reason}` };
    case "container_exited": {
      const { statusCode, story } = outcome;
      return { exitCode: statusCode, status: statusCode === 0 ? story : `Failed: ${story}` };
    }
  }
}

export function errorEnding(error: unknown): Ending {
  const message = error instanceof Error ? error.message : String(error);
  const status = `Failed: ${error instanceof ConfigError ? firstProblem(error) : message}`;
  return { exitCode: exitCodeOf(error), status, ...errnoOf(error) };
}

/** Without the lines of the file, which make no sense in one line. */
function firstProblem({ message, problems: { length } }: ConfigError): string {
  const [head = "", first = ""] = message.split("\n");
  const more = length < 2 ? "" : `, and ${length - 1} more`;
  return `${first === "" ? head : `${head} ${first}`}${more}`;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EX_CONFIG;
  const isAway = error instanceof EngineUnreachableError || error instanceof RegistryUnreachableError;
  // All else is the engine's refusal, or a defect of ours.
  return isAway ? EX_UNAVAILABLE : EX_SOFTWARE;
}

/** What the kernel has said, if it was the kernel; systemd shows its text beside the status. */
function errnoOf(error: unknown): Pick<Ending, "errno"> {
  for (let at = error; at instanceof Error; at = at.cause) {
    const errno = ERRNO[(at as { code?: string }).code ?? ""];
    if (errno !== undefined) return { errno };
  }
  return {};
}
