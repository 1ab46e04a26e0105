/** Contact with the engine, which may be just coming up. */
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineUnreachableError } from "../errors.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { pingWatchdog } from "../systemd/watchdog.ts";
import type { Context } from "./context.ts";
import { pause } from "../host/pause.ts";

const RETRY_INTERVAL_MS = 250;
/** How long a service waits for an engine that it has lost: an upgrade of its package may take a minute or two. */
export const ENGINE_RETURN_MS = 180_000;

/**
 * Yields the API version that was agreed on.
 * @throws EngineUnreachableError, at once where waiting does not help
 */
export async function reachEngine(
  engine: ContainerEngine,
  { patienceMs }: { readonly patienceMs: number },
  { logger, notifier, stop, watchdogIntervalMs }: Context,
): Promise<string> {
  using _ = extendTimeout(notifier, { capMs: patienceMs });
  using _fed = pingWatchdog(notifier, watchdogIntervalMs);
  const giveUpAtMs = performance.now() + patienceMs;
  for (let attempt = 1;; attempt++) {
    try {
      return await engine.negotiate(stop);
    } catch (error) {
      const hopeless = !(error instanceof EngineUnreachableError) || !error.mayComeUp;
      if (hopeless || performance.now() >= giveUpAtMs) throw error;
      if (attempt === 1) {
        const message = `${error.message}; waiting up to ${patienceMs / 1000} s for it`;
        logger.log({ severity: "warn", source: "docker", message });
        notifier.send({ status: `Waiting for the engine: ${error.reason}` });
      }
      await pause(RETRY_INTERVAL_MS, stop);
    }
  }
}
