/** A hash of a plan, by which a reload and an adoption notice that the plan has changed. */
import { stringifyBody } from "../engine/create_body.ts";
import { bodyToSend, type ContainerPlan } from "./container_plan.ts";

/** SHA-256, in hexadecimal, of everything that determines the container. */
export async function planFingerprint(plan: ContainerPlan): Promise<string> {
  const { name, build, platform, cidfile, create: { query } } = plan;
  const text = stringifyBody({ name, build, platform, cidfile, query, body: bodyToSend(plan) });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
