/** Ending or error → exit code. The names are those of systemd.exec(5) and sysexits.h(3head). */
import { ConfigError, EngineUnreachableError, RegistryUnreachableError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";

export const EX_OK = 0;
export const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_SOFTWARE = 70;
const EX_CONFIG = 78;

/** What a run that ended as expected exits with: the container's own code, unless it was asked to stop. */
export function outcomeExitCode(outcome: Outcome): number {
  if (outcome.kind === "stopped") return EX_OK;
  return outcome.kind === "engine_lost" ? EX_UNAVAILABLE : outcome.statusCode;
}

export function errorExitCode(error: unknown): number {
  if (error instanceof ConfigError) return EX_CONFIG;
  if (error instanceof EngineUnreachableError || error instanceof RegistryUnreachableError) {
    return EX_UNAVAILABLE;
  }
  // The engine's refusal, or a defect of ours.
  return EX_SOFTWARE;
}
