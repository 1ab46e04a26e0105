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
import { replaceContainer, type Replaced } from "./replace.ts";
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

const LONGEST_RELOAD_MS = 3_600_000;

/** @throws what leaves no container to go on with, e.g. EngineUnreachableError if the engine does not come back */
export async function reload(
  service: Service,
  access: EngineAccess,
  context: Context & { readonly replan: Replan; readonly restarts: number },
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
  context: Context & { readonly replan: Replan; readonly restarts: number },
): Promise<Replaced> {
  const { logger, stop } = context;
  let wanted: Wanted | undefined;
  try {
    // The file may be on a disk that does not answer.
    wanted = await Promise.race([context.replan(), aborted(stop)]);
    if (wanted === undefined) throw stop.reason;
    refuseWhatNeedsARestart(service, wanted, access);
  } catch (refusal) {
    return { service, isProven: true, refusal };
  }
  const isSamePlan = await planFingerprint(wanted.plan) === await planFingerprint(service.plan);
  if (isSamePlan) service.container.pump.options.records.configure(wanted.loaded.config.logs);
  const replaced = isSamePlan
    ? { service: { ...service, ...wanted }, isProven: true, refusal: undefined }
    : await replaceContainer(service, wanted, access, context);
  if (replaced.refusal !== undefined) return replaced;
  const message = isSamePlan ? "Reloaded: the container stays" : "Reloaded: the container is a new one";
  logger.log({ severity: "notice", source: "service", message });
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
