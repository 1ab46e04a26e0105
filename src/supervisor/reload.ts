/**
 * SIGHUP: the config again. What concerns the monitoring only is exchanged in place; a new plan means a new
 * container, which has to prove itself before the old one goes. A config that is no good changes nothing, and nothing
 * that a reload meets ends a service that serves.
 */
import { ConfigError } from "../errors.ts";
import { aborted } from "../host/pause.ts";
import { planFingerprint } from "../plan/fingerprint.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { Context } from "./context.ts";
import { replaceContainer, type Replaced, whileServing } from "./replace.ts";
import { chooseImage, type ChosenImage } from "../update/choose_image.ts";
import type { EngineAccess, Service, Wanted } from "./service.ts";

/** Reads and plans the config anew. @throws ConfigError */
export type Replan = () => Promise<Wanted>;

export interface Reloaded {
  readonly service: Service;
  /** False if its container has been started, and has not become ready yet. */
  readonly isProven: boolean;
  /** What is to be said of the reload in STATUS=; undefined when all is as wanted. */
  readonly remark: string | undefined;
}

interface ReloadContext extends Context {
  readonly replan: Replan;
  readonly restarts: number;
  /** Called where there is going to be another container. */
  readonly beforeReplacing: () => Promise<void>;
}

const LONGEST_RELOAD_MS = 3_600_000;

/** @throws what leaves no container to go on with, e.g. EngineUnreachableError if the engine does not come back */
export async function reload(
  service: Service,
  access: EngineAccess,
  context: ReloadContext,
): Promise<Reloaded> {
  const { logger, notifier, stop } = context;
  notifier.send({ reloadingSinceUsec: context.monotonicUsec(), status: "Reloading" });
  using _ = extendTimeout(notifier, { capMs: LONGEST_RELOAD_MS });
  const replaced = await carryOut(service, access, context);
  const { refusal } = replaced;
  if (refusal === undefined || stop.aborted) return { ...replaced, remark: undefined };
  const reason = refusal instanceof Error ? refusal.message : String(refusal);
  const message = `The reload is refused, all stays as it was: ${reason}`;
  logger.log({ severity: "error", source: "service", message });
  return { ...replaced, remark: `reload refused: ${reason}` };
}

async function carryOut(
  service: Service,
  access: EngineAccess,
  context: ReloadContext,
): Promise<Replaced> {
  const { logger, stop } = context;
  let wanted: Wanted | undefined;
  let image: ChosenImage | undefined;
  try {
    // The file may be on a disk that does not answer.
    wanted = await Promise.race([context.replan(), aborted(stop)]);
    if (wanted === undefined) throw stop.reason;
    refuseWhatNeedsARestart(service, wanted, access);
    const { plan } = wanted;
    if (await planFingerprint(plan) !== await planFingerprint(service.plan)) {
      const choose = (stop: AbortSignal) => chooseImage(plan, access.engine, { ...context, stop });
      image = await whileServing(service, context, choose);
    }
  } catch (refusal) {
    return { service, isProven: true, refusal };
  }
  const tell = (message: string) => logger.log({ severity: "notice", source: "service", message });
  if (image === undefined) {
    service.container.pump.options.records.configure(wanted.loaded.config.logs);
    tell("Reloaded: the container stays");
    return { service: { ...service, ...wanted }, isProven: true, refusal: undefined };
  }
  await context.beforeReplacing();
  const replaced = await replaceContainer(service, { ...wanted, image }, access, context);
  if (replaced.refusal === undefined) tell("Reloaded: the container is a new one");
  return replaced;
}

function refuseWhatNeedsARestart(service: Service, { loaded, plan }: Wanted, { relay }: EngineAccess): void {
  const refuse = (message: string) => new ConfigError(loaded.file, [{ path: [], message }], message);
  if (plan.name !== service.plan.name) {
    throw refuse(
      `Cannot change "name" from "${service.plan.name}" to "${plan.name}": restart the unit instead`,
    );
  }
  if (loaded.config.adopt !== service.loaded.config.adopt) {
    throw refuse('Cannot change "adopt": restart the unit instead');
  }
  if (loaded.config.ready.when === "notify" && relay === undefined) {
    throw refuse('Cannot change "ready.when" to "notify": restart the unit instead');
  }
}
