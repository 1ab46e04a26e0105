/** What is wrong with the flags of a config that was refused for other reasons before they were looked at. */
import { safeParse } from "valibot";
import { parseYaml } from "../config/load_config.ts";
import type { ConfigError, Problem } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { folderOf } from "../host/paths.ts";
import { planContainer, type ServicePlanInput } from "../plan/container_plan.ts";
import type { PlanInputs } from "../plan/plan_inputs.ts";
import type { SwarmPlanResult } from "../plan/swarm/swarm_plan.ts";
import { gatherInputs } from "./plan_service.ts";

/** `text`: of the config's file. */
export async function flagProblems(
  { file, problems }: ConfigError,
  text: string,
  host: Host,
): Promise<Problem[]> {
  if (problems.some(({ path, span }) => span !== undefined || path[0] === "container_create_args")) return [];
  const content = await parseYaml(file, text);
  if (typeof content !== "object" || content === null) return [];
  const { name, image, container_create_args: args, swarm } = content as Record<string, unknown>;
  if (!Array.isArray(args)) return [];
  // Wrong names and images have been reported already.
  const service = { name: asText(name), image: asText(image), containerCreateArgs: args, serviceArgs: [] };
  const inputs = await gatherInputs(args, folderOf(file), host);
  const result = swarm === undefined
    ? planContainer(service, inputs)
    : await planForSwarm({ ...service, swarm }, inputs);
  if (result.kind === "planned") return [];
  return result.problems.filter(({ path: [key], message }) =>
    (key === "container_create_args" && !message.startsWith('"--name"')) ||
    (key === "image" && typeof image === "string" && problems.every(({ path }) => path[0] !== "image"))
  );
}

/** By default values where its own section is wrong, which has been reported already. */
async function planForSwarm(
  { swarm, ...service }: ServicePlanInput & { readonly swarm: unknown },
  inputs: PlanInputs,
): Promise<SwarmPlanResult> {
  const { planSwarmService } = await import("../plan/swarm/plan_swarm_service.ts");
  const { swarmSchema, SWARM_DEFAULTS } = await import("../config/swarm_config.ts");
  const { success, output } = safeParse(swarmSchema, swarm);
  return planSwarmService({ ...service, swarm: success ? output : SWARM_DEFAULTS }, inputs);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "none";
}
