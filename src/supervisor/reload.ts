/**
 * SIGHUP: the config again. What concerns the monitoring only is exchanged in place; a new plan means a new
 * container, which has to prove itself before the old one goes. A config that is no good changes nothing.
 */
import { ConfigError, EngineError, NotReadyError } from "../errors.ts";
import { planFingerprint } from "../plan/fingerprint.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { pingWatchdog } from "../systemd/watchdog.ts";
import { untilReady } from "./become_ready.ts";
import {
  createContainer,
  createPump,
  isOurs,
  NEVER,
  replacedName,
  startContainer,
} from "./container/container_life.ts";
import type { Context } from "./context.ts";
import { reportExit, stopContainer } from "./container/ended_container.ts";
import { prepareImage } from "../image/prepare_image.ts";
import type { EngineAccess, Service, Wanted } from "./service.ts";

/** Reads and plans the config anew. @throws ConfigError */
export type Replan = () => Promise<Wanted>;

export interface Reloaded {
  readonly service: Service;
  /** What is to be said of it in STATUS=; undefined when all is as wanted. */
  readonly remark: string | undefined;
}

const LONGEST_RELOAD_MS = 3_600_000;

export async function reload(
  service: Service,
  access: EngineAccess,
  context: Context & { readonly replan: Replan; readonly restarts: number },
): Promise<Reloaded> {
  const { logger, notifier, stop } = context;
  notifier.send({ reloadingSinceUsec: context.monotonicUsec(), status: "Reloading" });
  using _ = extendTimeout(notifier, { capMs: LONGEST_RELOAD_MS });
  using _fed = pingWatchdog(notifier, context.watchdogIntervalMs);
  const replacement = new Replacement(service, access, context);
  try {
    const wanted = await context.replan();
    refuseWhatNeedsARestart(service, wanted, access);
    const isSamePlan = await planFingerprint(wanted.plan) === await planFingerprint(service.plan);
    if (isSamePlan) service.container.pump.options.records.configure(wanted.loaded.config.logs);
    const reloaded = isSamePlan ? { ...service, ...wanted } : await replacement.carryOut(wanted);
    const message = isSamePlan ? "Reloaded: the container stays" : "Reloaded: the container is a new one";
    logger.log({ severity: "notice", source: "service", message });
    return { service: reloaded, remark: undefined };
  } catch (error) {
    if (stop.aborted) return { service: replacement.current, remark: undefined };
    const isExpected = [ConfigError, EngineError, NotReadyError].some((kind) => error instanceof kind);
    if (!isExpected) throw error;
    const { message } = error as Error;
    logger.log({
      severity: "error",
      source: "service",
      message: `The reload is refused, all stays as it was: ${message}`,
    });
    return { service: replacement.current, remark: `reload refused: ${message}` };
  }
}

function refuseWhatNeedsARestart(service: Service, { loaded, plan }: Wanted, { relay }: EngineAccess): void {
  const refuse = (message: string) => new ConfigError(loaded.file, [{ path: [], message }], message);
  if (plan.name !== service.plan.name) {
    throw refuse(
      `Cannot change "name" from "${service.plan.name}" to "${plan.name}": restart the unit instead`,
    );
  }
  if (loaded.config.ready.when === "notify" && relay === undefined) {
    throw refuse('Cannot change "ready.when" to "notify": restart the unit instead');
  }
}

/** One container in place of another, with the way back. */
class Replacement {
  /** The service as it is at any moment. */
  current: Service;

  constructor(
    readonly old: Service,
    readonly access: EngineAccess,
    readonly context: Context & { readonly restarts: number },
  ) {
    this.current = old;
  }

  /** @throws EngineError, NotReadyError; the old container then serves as before */
  async carryOut(wanted: Wanted): Promise<Service> {
    const { engine } = this.access;
    const { old, context } = this;
    const imageDigest = await prepareImage(wanted.plan, engine, context);
    await engine.renameContainer(old.container.id, replacedName(old.plan.name), NEVER);
    try {
      const id = await createContainer(wanted.plan, this.access, context);
      await stopContainer(old.container, engine, context);
      const terminal = wanted.plan.create.body.Tty === true;
      const pump = createPump(id, { terminal, logs: wanted.loaded.config.logs }, context);
      const container = await startContainer(id, { imageDigest, pump }, this.access, context);
      this.current = { ...wanted, container };
      await this.#proveReady();
    } catch (error) {
      // A stop that comes now ends whichever container there is.
      if (!context.stop.aborted) await this.#goBack();
      throw error;
    }
    await engine.removeContainer(old.container.id, NEVER);
    return this.current;
  }

  async #proveReady(): Promise<void> {
    const event = await untilReady(this.current, this.access, this.context);
    if (event.kind === "not_ready") throw event.error;
    if (event.kind === "exit") {
      const { container } = this.current;
      await reportExit(container, event.exit, { ...this.context, ...this.access, failingChecks: [] });
      throw new NotReadyError(`the new container has ended, with exit code ${event.exit.statusCode}`);
    }
    this.context.stop.throwIfAborted();
  }

  async #goBack(): Promise<void> {
    const { engine } = this.access;
    const { container, plan } = this.old;
    // Also one that was created, but could not be connected to its networks.
    const successor = await engine.inspectContainer(plan.name, NEVER);
    if (successor !== undefined && isOurs(successor, plan.name)) {
      await engine.removeContainer(successor.Id, NEVER);
    }
    await engine.renameContainer(container.id, plan.name, NEVER);
    const inspected = await engine.inspectContainer(container.id, NEVER);
    if (inspected?.State.Running) {
      this.current = this.old;
      return;
    }
    const restarted = await startContainer(container.id, container, this.access, this.context);
    this.current = { ...this.old, container: restarted };
  }
}
