/** What a check takes over from its config as it is. */
import type { CheckOptions } from "../config/check_options.ts";
import type { Check } from "./check.ts";

/** `name`: for a check whose config gives it none. */
export function basics(
  config: CheckOptions & { readonly name: string | undefined },
  { kind, name }: { readonly kind: string; readonly name: string },
): Omit<Check, "run"> {
  return {
    name: config.name ?? name,
    kind,
    frequencyTicks: config.frequencyTicks,
    timeoutMs: config.timeoutMs,
    forReady: config.forReady,
    startAfterMs: config.startAfterMs,
    failureThreshold: config.failureThreshold,
    successThreshold: config.successThreshold,
    failureRate: config.failureRate,
    onFailure: config.onFailure,
    restartIntervalMs: config.restartIntervalMs,
    restartLimit: config.restartLimit,
  };
}
