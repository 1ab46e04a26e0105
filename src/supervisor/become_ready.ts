/** What comes first after the start: readiness, the container's end, the loss of the engine, a stop. */
import type { ContainerExit } from "../engine/engine.ts";
import { EngineUnreachableError, NotReadyError } from "../errors.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import type { Context } from "./context.ts";
import { buildChecks } from "../checks/build_checks.ts";
import type { Check } from "../checks/check.ts";
import { aborted, within } from "../host/pause.ts";
import { waitUntilReady } from "./readiness.ts";
import type { EngineAccess, Service } from "./service.ts";
import type { StartedContainer } from "./container/started_container.ts";

/** What happens to a container from outside the program. */
export type ContainerEvent =
  | { readonly kind: "stop" }
  | { readonly kind: "exit"; readonly exit: ContainerExit }
  | { readonly kind: "engine_lost" };

export type ReadyEvent =
  | ContainerEvent
  | { readonly kind: "ready" }
  | { readonly kind: "not_ready"; readonly error: NotReadyError };

/** How long the container's end may come behind that of its log. */
const EXIT_GRACE_MS = 2_000;

export async function untilReady(
  service: Service,
  access: EngineAccess,
  context: Context,
): Promise<ReadyEvent> {
  const { loaded: { config: { ready } }, container } = service;
  const { engine, relay } = access;
  using _ = extendTimeout(context.notifier, { capMs: ready.timeoutMs });
  const over = new AbortController();
  const signal = AbortSignal.any([context.stop, over.signal]);
  const checks = checksOf(service, access, context);
  const readiness = waitUntilReady(
    { ready, engine, containerId: container.id, startedAtMs: container.startedAtMs, checks, relay, signal },
    context,
  )
    .then((): ReadyEvent => ({ kind: "ready" }), (error): ReadyEvent => {
      if (signal.aborted) return { kind: "stop" };
      if (error instanceof EngineUnreachableError) return { kind: "engine_lost" };
      if (error instanceof NotReadyError) return { kind: "not_ready", error };
      throw error;
    });
  try {
    return await Promise.race([readiness, endOf(container), stopOf(context.stop)]);
  } finally {
    over.abort();
  }
}

export function checksOf(
  { loaded, plan, container }: Service,
  { engine }: EngineAccess,
  context: Context,
): Check[] {
  const { folder, config: { monitor } } = loaded;
  return buildChecks({
    name: plan.name,
    monitor,
    folder,
    engine,
    containerId: container.id,
    host: context.host,
    stop: context.stop,
  });
}

export async function stopOf(stop: AbortSignal): Promise<ContainerEvent> {
  await aborted(stop);
  return { kind: "stop" };
}

/** The container's end, or that of the connection to it. */
export async function endOf(container: StartedContainer): Promise<ContainerEvent> {
  const exited = container.exit.then((exit): ContainerEvent => ({ kind: "exit", exit }));
  try {
    // The log stream may break off by itself; with the container it ends, and a moment later the exit is known.
    const lost = container.logged.catch(() => {})
      .then(() => container.pump.isBehind ? undefined : within(EXIT_GRACE_MS, exited));
    return await Promise.race([exited, lost]) ?? { kind: "engine_lost" };
  } catch (error) {
    if (error instanceof EngineUnreachableError) return { kind: "engine_lost" };
    throw error;
  }
}
