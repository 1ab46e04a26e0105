/** What is wrong with the flags of a config that was refused for other reasons before they were looked at. */
import { parseYaml } from "../config/load_config.ts";
import type { ConfigError, Problem } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { folderOf } from "../host/paths.ts";
import { planContainer } from "../plan/container_plan.ts";
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
  const { name, image, container_create_args: args } = content as Record<string, unknown>;
  if (!Array.isArray(args)) return [];
  // Wrong names and images have been reported already.
  const service = { name: asText(name), image: asText(image), containerCreateArgs: args, serviceArgs: [] };
  const result = planContainer(service, await gatherInputs(args, folderOf(file), host));
  if (result.kind === "planned") return [];
  return result.problems.filter(({ path: [key], message }) =>
    (key === "container_create_args" && !message.startsWith('"--name"')) ||
    (key === "image" && typeof image === "string" && problems.every(({ path }) => path[0] !== "image"))
  );
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "none";
}
