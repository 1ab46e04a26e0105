/** The labels by which a Swarm service of ours is known. Its tasks keep them when it is gone. */
import type { Service } from "../engine/swarm_types.ts";

/** The path of the config. */
export const CONFIG_LABEL = "service_runner.config";
/** A fingerprint of the spec, by which a changed config is noticed. */
export const FINGERPRINT_LABEL = "service_runner.fingerprint";
/** The id of the node from which the service is supervised; empty: from none. */
export const OWNER_LABEL = "service_runner.owner";

export function ownerOf({ Spec }: Service): string {
  return Spec.Labels[OWNER_LABEL] ?? "";
}

export function isOurs({ Spec }: Service): boolean {
  return Spec.Labels?.[CONFIG_LABEL] !== undefined;
}
