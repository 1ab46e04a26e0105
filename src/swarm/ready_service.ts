/** From a service that is in the swarm to a ready one: its tasks run, and what `ready.when` asks for holds. */
import { NotReadyError } from "../errors.ts";
import { ChecksProbe, waitForProbe } from "../supervisor/verdicts/probe.ts";
import { converge, type Departure } from "./converge.ts";
import { goBack, rollOut } from "./roll_out.ts";
import { buildSwarmChecks } from "./swarm_checks.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/**
 * Undefined when it is ready.
 * @throws NotReadyError, with an update taken back; SwarmUnreachableError, EngineUnreachableError; the stop's reason
 */
export async function becomeReady(
  service: WatchedService,
  context: SwarmContext,
): Promise<Departure | undefined> {
  const { loaded: { config: { ready } }, swarm: { update: { monitorMs } }, nodeId, watch, isUpdating, ends } =
    service;
  const deadlineMs = performance.now() + ready.timeoutMs;
  const options = { nodeId, monitorMs, timeoutMs: ready.timeoutMs, isUpdate: false };
  if (isUpdating) {
    const failed = await rollOut(service, context);
    if (typeof failed === "object") return failed;
    if (failed !== undefined) throw new NotReadyError(`the service is not updated: ${failed}`);
  } else {
    const end = await converge(watch, options, context);
    if (end.kind === "late") {
      const worst = ends.worst === undefined ? "" : `; ${ends.worst}`;
      throw new NotReadyError(`it is not ready within ${ready.timeoutMs / 1000} s: ${end.reason}${worst}`);
    }
    if (end.kind !== "converged" && end.kind !== "rolled_back") return end;
  }
  if (ready.when !== "checks") return undefined;
  try {
    await waitForChecks(service, deadlineMs, context);
  } catch (error) {
    if (!(error instanceof NotReadyError) || !isUpdating) throw error;
    const back = await goBack(service, options, context);
    if (typeof back === "object") return back;
    throw new NotReadyError(`${error.reason}; ${back}`);
  }
}

/** @throws NotReadyError; the stop's reason */
async function waitForChecks(
  { loaded }: WatchedService,
  deadlineMs: number,
  { host, notifier, stop }: SwarmContext,
): Promise<void> {
  const checks = buildSwarmChecks(loaded, host);
  const marked = checks.filter(({ forReady }) => forReady);
  const probe = new ChecksProbe(marked.length > 0 ? marked : checks, performance.now());
  // A second at least, so that each has had its turn.
  const timeoutMs = Math.max(1, Math.ceil((deadlineMs - performance.now()) / 1000)) * 1000;
  await waitForProbe(probe, { what: "the service", timeoutMs, notifier, signal: stop });
}
