/** A hash of a plan, by which a start and a reload notice that a service in the swarm is to be another one now. */
import { stringifyBody } from "../../engine/create_body.ts";
import type { SwarmPlan } from "./swarm_plan.ts";

/** SHA-256, in hexadecimal, of all that the config says of the service; the digest of its image is not among it. */
export async function specFingerprint({ spec }: SwarmPlan): Promise<string> {
  const text = new TextEncoder().encode(stringifyBody(spec));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}
