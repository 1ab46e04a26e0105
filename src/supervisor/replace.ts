/**
 * One container in place of another: the new one has to prove itself, else the old one comes back.
 * In: a service that serves, and what is wanted in its place. Out: the one or the other, and why.
 */
import { EngineError, HostError, NotReadyError } from "../errors.ts";
import { NEVER } from "../host/pause.ts";
import { prefixStatus } from "../systemd/notify.ts";
import { createContainer, replacedName, writeCidfile } from "./container/container_life.ts";
import { createPump, startContainer } from "./container/start_container.ts";
import type { ChosenImage } from "../update/choose_image.ts";
import { isOurs } from "./container/ownership.ts";
import { endContainer, endedFromOutside, reportExit, stopContainer } from "./container/ended_container.ts";
import type { Context } from "./context.ts";
import { happeningTo, prove } from "./prove.ts";
import { onceEngineAnswers } from "./reach_engine.ts";
import { reconnect, regain } from "./regain.ts";
import type { EngineAccess, Service, Wanted } from "./service.ts";

export interface Replaced {
  readonly service: Service;
  /** False if its container has been started, and has not become ready yet. */
  readonly isProven: boolean;
  /** Why it is still, or again, the old container; undefined if it is the new one. */
  readonly refusal: unknown;
}

/** A container with a wrong flag or a missing variable mostly ends within this time. */
const SETTLE_MS = 2_000;

/** What STATUS= begins with until the old container is ready again. */
export const GOING_BACK = "Going back to the container of before";

type ReplaceContext = Context & { readonly restarts: number };

/** What is to be run, and of what image, which the engine has. */
export interface Replacement extends Wanted {
  readonly image: ChosenImage;
}

export interface ReplaceOptions {
  /** Whether the old container is to stay, stopped, when the new one has become ready. */
  readonly keepsOld?: boolean;
  /** Called before the old container comes back. */
  readonly onRefusal?: (refusal: unknown) => void;
}

/**
 * Whatever goes wrong, the old container serves afterwards. A stop ends it early, with the container there is then.
 * @throws EngineUnreachableError, EngineError where the way back is barred, too
 */
export async function replaceContainer(
  old: Service,
  wanted: Replacement,
  access: EngineAccess,
  context: ReplaceContext,
  { keepsOld = false, onRefusal = () => {} }: ReplaceOptions = {},
): Promise<Replaced> {
  let current = old;
  let refusal: unknown;
  try {
    await setAside(old, access);
    current = await startSuccessor(old, wanted, access, context);
    ({ service: current, refusal } = await proveSuccessor(current, access, context));
  } catch (error) {
    refusal = error;
  }
  // The stop ends `current`, and the clean-up removes the other one.
  if (context.stop.aborted) return { service: current, isProven: false, refusal };
  if (refusal !== undefined) {
    onRefusal(refusal);
    return { ...await goBack(old, access, context), refusal };
  }
  if (!keepsOld) await removeOld(old, access, context);
  return { service: current, isProven: true, refusal };
}

/**
 * What is done before the container is touched, such as to get another image; whatever happens to the container
 * meanwhile comes first.
 */
export async function whileServing<T>(
  { container }: Service,
  context: Context,
  prepare: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const happening = happeningTo(container, context.stop).then(({ kind }) => {
    const what = kind === "ended"
      ? "the running container has ended"
      : "the connection to the engine is lost";
    over.abort(new Error(`${what} meanwhile`));
    throw over.signal.reason;
  });
  const preparing = prepare(AbortSignal.any([context.stop, over.signal]));
  // Of the two, the one that comes second is of no interest.
  preparing.catch(() => {});
  happening.catch(() => {});
  return await Promise.race([preparing, happening]);
}

/** Gives the old container, which goes on serving, another name. */
async function setAside({ container, plan }: Service, { engine }: EngineAccess): Promise<void> {
  const name = replacedName(plan.name);
  // Left by a reload that could not remove it.
  const leftover = await engine.inspectContainer(name, NEVER);
  if (leftover !== undefined && await isOurs(leftover, plan.name, engine, NEVER)) {
    await engine.removeContainer(leftover.Id, NEVER);
  }
  await engine.renameContainer(container.id, name, NEVER);
}

async function startSuccessor(
  old: Service,
  { image, loaded, plan }: Replacement,
  access: EngineAccess,
  context: Context,
): Promise<Service> {
  const id = await createContainer(plan, image, access, context);
  await stopContainer(old.container, access.engine, context);
  // Never two at once.
  await endContainer(old.container.id, access.engine, context);
  const pump = createPump(id, { loaded, plan }, context);
  const container = await startContainer(id, { imageDigest: image.digest, pump }, access, context);
  return { loaded, plan, container };
}

/** The successor, ready; or the reason why it is refused: then it has ended, unless a stop is going to end it. */
async function proveSuccessor(
  successor: Service,
  access: EngineAccess,
  context: ReplaceContext,
): Promise<{ readonly service: Service; readonly refusal: unknown }> {
  const { engine } = access;
  let service = successor;
  try {
    for (;;) {
      const { container } = service;
      const proof = await prove(service, access, context, { settleMs: SETTLE_MS });
      switch (proof.kind) {
        case "ready":
          return { service, refusal: undefined };
        case "ended":
          if (container.hasEnded || await endedFromOutside(container)) {
            throw new Error("the new container was ended from outside");
          }
          await reportExit(container, proof.exit, { ...context, engine, monitor: undefined, isTrial: true });
          throw new NotReadyError(`the new container has ended, with exit code ${proof.exit.statusCode}`);
        case "not_ready":
          throw proof.error;
        case "lost": {
          const regained = await regain(service, access, context);
          if (regained === undefined) throw new NotReadyError("the new container has gone with the engine");
          service = regained;
          break;
        }
        case "stopped":
          throw context.stop.reason;
        default:
          proof satisfies never;
      }
    }
  } catch (refusal) {
    if (!context.stop.aborted) await stopContainer(service.container, engine, context);
    return { service, refusal };
  }
}

/** The old container, running under its own name again; if it had to be started for that, it has to prove itself. */
export async function goBack(
  old: Service,
  access: EngineAccess,
  context: Context,
): Promise<Pick<Replaced, "service" | "isProven">> {
  const { engine } = access;
  const { logger } = context;
  const { container, plan: { name } } = old;
  const told = {
    ...context,
    notifier: prefixStatus(GOING_BACK, context.notifier),
  };
  const comeBack = async () => {
    // It may have been created only, or be running.
    const successor = await engine.inspectContainer(name, NEVER);
    if (
      successor !== undefined && successor.Id !== container.id && await isOurs(successor, name, engine, NEVER)
    ) {
      await engine.removeContainer(successor.Id, NEVER);
    }
    const found = await engine.inspectContainer(container.id, NEVER);
    if (found === undefined) {
      throw new EngineError("go back to the container of before", 404, "it does not exist any more");
    }
    if (found.Name !== `/${name}`) await engine.renameContainer(container.id, name, NEVER);
    try {
      writeCidfile(old.plan, container.id, context);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      logger.log({ severity: "warn", source: "service", message: error.message });
    }
    if (!found.State.Running) {
      const started = await startContainer(container.id, container, access, told);
      return { service: { ...old, container: started }, isProven: false };
    }
    // It could not be stopped, but the connections to it have been closed.
    const isCut = container.connections.signal.aborted;
    const present = isCut
      ? await reconnect(container, { Running: true, Paused: false }, { engine, logger })
      : container;
    return { service: { ...old, container: present }, isProven: true };
  };
  return await onceEngineAnswers(comeBack, engine, told);
}

/** The next start removes what stays. */
export async function removeOld(
  { container, plan }: Service,
  { engine }: EngineAccess,
  { logger }: Context,
): Promise<void> {
  try {
    await engine.removeContainer(container.id, NEVER);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    const message = `The replaced container "${replacedName(plan.name)}" is left behind for now: ${reason}`;
    logger.log({ severity: "warn", source: "docker", message });
  }
}
