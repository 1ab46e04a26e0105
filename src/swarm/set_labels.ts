/** Labels of a service, which say whose it is: to change them replaces no task. */
import type { Service } from "../engine/swarm_types.ts";
import { EngineError } from "../errors.ts";
import { NEVER, pause } from "../host/pause.ts";
import type { SwarmContext } from "./swarm_context.ts";

/** An update that takes longer than that goes on without its way back. */
const UPDATE_PATIENCE_MS = 60_000;
const POLL_INTERVAL_MS = 1000;

/** Yields the service as it is then. @throws EngineError; EngineUnreachableError */
export async function setLabels(
  service: Service,
  labels: Readonly<Record<string, string>>,
  { swarmEngine, notifier }: Pick<SwarmContext, "swarmEngine" | "notifier">,
): Promise<Service> {
  let present = service;
  if (Object.entries(labels).every(([key, value]) => present.Spec.Labels[key] === value)) return present;
  const giveUpAtMs = performance.now() + UPDATE_PATIENCE_MS;
  // The swarm goes back to the spec of before the last change, and this would be one.
  while (isUpdating(present) && performance.now() < giveUpAtMs) {
    notifier.send({ status: "Waiting for the end of the update that is under way" });
    await pause(POLL_INTERVAL_MS, NEVER);
    present = await inspectPresent(present.ID, swarmEngine);
  }
  const { ID, Spec, Version } = present;
  const spec = { ...Spec, Labels: { ...Spec.Labels, ...labels } };
  await swarmEngine.updateService(ID, { spec, registryAuth: undefined, version: Version.Index }, NEVER);
  return await inspectPresent(ID, swarmEngine);
}

/** Whether tasks are being replaced, forwards or back. */
export function isUpdating({ UpdateStatus }: Pick<Service, "UpdateStatus">): boolean {
  return UpdateStatus?.State === "updating" || UpdateStatus?.State === "rollback_started";
}

/** @throws EngineError if it is not there any more */
export async function inspectPresent(id: string, swarmEngine: SwarmContext["swarmEngine"]): Promise<Service> {
  const service = await swarmEngine.inspectService(id, NEVER);
  if (service === undefined) {
    throw new EngineError("inspect the service", 404, "somebody has just removed it");
  }
  return service;
}
