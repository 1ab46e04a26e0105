/** Contact with the engine, which may be just coming up, or be restarted at any moment. */
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineUnreachableError } from "../errors.ts";
import { pause } from "../host/pause.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { Context } from "./context.ts";

const RETRY_INTERVAL_MS = 250;
/** How long a service waits for an engine that it has lost: an upgrade of its package may take a minute or two. */
const ENGINE_RETURN_MS = 180_000;

/**
 * Yields the API version that was agreed on; `greeting`: the first try, where it is under way. A missing permission is
 * waited for only if the engine answered before, or is just coming up: for a moment its new socket belongs to nobody.
 * @throws EngineUnreachableError, at once where waiting does not help; the stop's reason
 */
export async function reachEngine(
  engine: ContainerEngine,
  { patienceMs, wasThere = false, greeting }: {
    readonly patienceMs: number;
    readonly wasThere?: boolean;
    readonly greeting?: Promise<string> | undefined;
  },
  { logger, notifier, stop }: Context,
): Promise<string> {
  using _ = extendTimeout(notifier, { capMs: patienceMs });
  const giveUpAtMs = performance.now() + patienceMs;
  for (let attempt = 1;; attempt++) {
    try {
      return await (attempt === 1 && greeting || engine.negotiate(stop));
    } catch (error) {
      if (!(error instanceof EngineUnreachableError)) throw error;
      const isHopeless = !error.mayComeUp && !wasThere && attempt === 1;
      if (isHopeless || performance.now() >= giveUpAtMs) throw error;
      if (attempt === 1) {
        const message = `${error.message}; waiting up to ${patienceMs / 1000} s for it`;
        logger.log({ severity: "warn", source: "docker", message });
        notifier.send({ status: `Waiting for the engine: ${error.reason}` });
      }
      await pause(RETRY_INTERVAL_MS, stop);
    }
  }
}

/**
 * Does what the service can not go on without, once the engine answers, and from the beginning whenever the engine
 * goes away in the middle of it: `action` looks first at how things stand.
 * @throws EngineUnreachableError if the engine stays away for three minutes; what else `action` throws
 */
export async function onceEngineAnswers<T>(
  action: () => Promise<T>,
  engine: ContainerEngine,
  context: Context,
): Promise<T> {
  const giveUpAtMs = performance.now() + ENGINE_RETURN_MS;
  for (;;) {
    const patienceMs = Math.max(0, giveUpAtMs - performance.now());
    await reachEngine(engine, { patienceMs: Math.ceil(patienceMs / 1000) * 1000, wasThere: true }, context);
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof EngineUnreachableError) || performance.now() >= giveUpAtMs) throw error;
      await pause(RETRY_INTERVAL_MS, context.stop);
    }
  }
}
