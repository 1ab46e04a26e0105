/**
 * The one way from a started container to a ready one: a container that has been started, restarted, regained or
 * adopted has to prove itself here, whoever asks for it.
 * In: a service with its container's connections. Out: what came first. The connections stay open: whoever ends the
 * container closes them (`container/ended_container.ts`), and `regain.ts` when they are broken.
 */
import { buildChecks } from "../checks/build_checks.ts";
import type { Check } from "../checks/check.ts";
import type { ContainerExit } from "../engine/engine.ts";
import { EngineUnreachableError, NotReadyError } from "../errors.ts";
import { aborted, within } from "../host/pause.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { StartedContainer } from "./container/started_container.ts";
import type { Context } from "./context.ts";
import { waitUntilReady } from "./readiness.ts";
import type { EngineAccess, Service } from "./service.ts";

/** What can happen to a container at any time, however well it does. */
export type Happening =
  /** systemd or the user wants the service to stop. */
  | { readonly kind: "stopped" }
  /** The container has ended by itself. */
  | { readonly kind: "ended"; readonly exit: ContainerExit }
  /** The connection to the engine broke off; what became of the container is not known. */
  | { readonly kind: "lost" };

export type Proof =
  | Happening
  | { readonly kind: "ready" }
  /** `ready.timeout` is over, or the container can not become ready at all. */
  | { readonly kind: "not_ready"; readonly error: NotReadyError };

export interface ProveOptions {
  /** How long a container that counts as ready when it has started (`ready.when: started`) has to live for that. */
  readonly settleMs?: number;
}

/** How long the container's end may come behind that of its log. */
const EXIT_GRACE_MS = 2_000;

export async function prove(
  service: Service,
  access: EngineAccess,
  context: Context,
  { settleMs = 0 }: ProveOptions = {},
): Promise<Proof> {
  const { loaded: { config: { ready } }, container } = service;
  const { notifier, stop } = context;
  using _ = extendTimeout(notifier, { capMs: ready.timeoutMs });
  const over = new AbortController();
  const happening = happeningTo(container, stop);
  try {
    if (container.hasEnded) return await happening;
    const checks = checksOf(service, access, context);
    const signal = AbortSignal.any([stop, over.signal]);
    const readiness = waitUntilReady(service, access, { checks, notifier, settleMs, signal }).then(
      (): Proof => ({ kind: "ready" }),
      (error) => unreadiness(error, signal),
    );
    return await Promise.race([happening, readiness]);
  } finally {
    over.abort();
  }
}

function unreadiness(error: unknown, { aborted }: AbortSignal): Proof {
  if (aborted) return { kind: "stopped" };
  if (error instanceof EngineUnreachableError) return { kind: "lost" };
  if (error instanceof NotReadyError) return { kind: "not_ready", error };
  throw error;
}

/** The checks of the service's config, for its present container. */
export function checksOf(
  { loaded, plan, container }: Service,
  { engine }: EngineAccess,
  { host, readProc, stop }: Context,
): Check[] {
  const { folder, config: { monitor } } = loaded;
  const containerId = container.id;
  return buildChecks({ name: plan.name, monitor, folder, engine, containerId, host, readProc, stop });
}

/** The first of: a stop, the container's end, the end of the connection to the engine. */
export function happeningTo(container: StartedContainer, stop: AbortSignal): Promise<Happening> {
  const stopped = aborted(stop).then((): Happening => ({ kind: "stopped" }));
  return Promise.race([stopped, endOf(container)]);
}

async function endOf(container: StartedContainer): Promise<Happening> {
  const ended = container.exit.then((exit): Happening => ({ kind: "ended", exit }));
  try {
    // Where only the log breaks off, the container's end says what has happened, or that it has not ended.
    const lost = container.logged.catch(() => {}).then(() => within(EXIT_GRACE_MS, ended));
    return await Promise.race([ended, lost]) ?? { kind: "lost" };
  } catch (error) {
    if (error instanceof EngineUnreachableError) return { kind: "lost" };
    throw error;
  }
}
