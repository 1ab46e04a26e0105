/** From a service that is in the swarm to a ready one: its tasks run, and what `ready.when` asks for holds. */
import { NotReadyError } from "../errors.ts";
import { ChecksProbe, waitForProbe } from "../supervisor/verdicts/probe.ts";
import { converge, type Departure } from "./converge.ts";
import { goBack } from "./roll_out.ts";
import { buildSwarmChecks } from "./swarm_checks.ts";
import type { SwarmContext } from "./swarm_context.ts";
import type { WatchedService } from "./watched_service.ts";

/**
 * Undefined when it is ready. `isUpdate`: the swarm replaces tasks of a service that was there.
 * @throws NotReadyError, with an update taken back; SwarmUnreachableError, EngineUnreachableError; the stop's reason
 */
export async function becomeReady(
  service: WatchedService,
  { isUpdate }: { readonly isUpdate: boolean },
  context: SwarmContext,
): Promise<Departure | undefined> {
  const { loaded: { config: { ready } }, swarm: { update: { monitorMs } }, nodeId, watch } = service;
  const deadlineMs = performance.now() + ready.timeoutMs;
  const options = { nodeId, monitorMs, timeoutMs: ready.timeoutMs, isUpdate };
  const end = await converge(watch, options, context);
  switch (end.kind) {
    case "converged":
      break;
    case "rolled_back":
      throw new NotReadyError(`the new config was rolled back: ${end.reason}`);
    case "late": {
      const back = isUpdate ? await goBack(service, options, context) : "";
      if (typeof back === "object") return back;
      const story = back === "" ? "" : `; ${back}`;
      throw new NotReadyError(`it is not ready within ${ready.timeoutMs / 1000} s: ${end.reason}${story}`);
    }
    default:
      return end;
  }
  if (ready.when !== "checks") return undefined;
  const checks = buildSwarmChecks(service.loaded, context.host);
  const marked = checks.filter(({ forReady }) => forReady);
  const probe = new ChecksProbe(marked.length > 0 ? marked : checks, performance.now());
  const timeoutMs = Math.max(0, Math.ceil((deadlineMs - performance.now()) / 1000) * 1000);
  await waitForProbe(probe, {
    what: "the service",
    timeoutMs,
    notifier: context.notifier,
    signal: context.stop,
  });
  return undefined;
}
