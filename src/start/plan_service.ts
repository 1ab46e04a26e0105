/**
 * From a service's config to its plan.
 * The plan itself is pure: what its flags name outside themselves is read here, first.
 */
import { configError, type LoadedConfig } from "../config/load_config.ts";
import type { SwarmConfig } from "../config/swarm_config.ts";
import type { FileRead, Host } from "../host/host.ts";
import { buildPaths } from "../plan/build_plan.ts";
import { type ContainerPlan, planContainer, type PlanWarning } from "../plan/container_plan.ts";
import type { PlanInputs } from "../plan/plan_inputs.ts";
import type { SwarmPlan } from "../plan/swarm/swarm_plan.ts";
import { wantedFiles } from "../plan/wanted_files.ts";
import { engineSocket } from "./greet_engine.ts";

/** Env files, label files, seccomp profiles. */
const INPUT_LIMIT_BYTES = 4 * 1024 * 1024;

/** A config with the section `swarm`. */
export interface LoadedSwarmConfig extends LoadedConfig {
  readonly config: LoadedConfig["config"] & { readonly swarm: SwarmConfig };
}

export function isForSwarm(loaded: LoadedConfig): loaded is LoadedSwarmConfig {
  return loaded.config.swarm !== undefined;
}

/** What the swarm will be asked. @throws ConfigError that points at the flags and keys that are wrong */
export async function planSwarm(
  { file, folder, config, text }: LoadedSwarmConfig,
  host: Host,
): Promise<SwarmPlan> {
  const { planSwarmService } = await import("../plan/swarm/plan_swarm_service.ts");
  const result = planSwarmService(config, await gatherInputs(config.containerCreateArgs, folder, host));
  if (result.kind === "refused") throw await configError(file, text, result.problems);
  return result.plan;
}

/** The plan of a container. @throws ConfigError that points at the flags that are wrong */
export async function planService(
  { file, folder, config, text }: LoadedConfig,
  host: Host,
): Promise<ContainerPlan> {
  const { containerCreateArgs, build } = config;
  const paths = [
    ...wantedFiles(containerCreateArgs, folder),
    ...(build === undefined ? [] : buildPaths(build, folder)),
  ];
  const result = planContainer(config, await readInputs(paths, folder, host));
  if (result.kind === "refused") throw await configError(file, text, result.problems);
  return result.plan;
}

/** Reads the files that the flags name; `folder` is what relative ones are relative to. */
export async function gatherInputs(args: readonly string[], folder: string, host: Host): Promise<PlanInputs> {
  return await readInputs(wantedFiles(args, folder), folder, host);
}

async function readInputs(paths: readonly string[], folder: string, host: Host): Promise<PlanInputs> {
  const files = new Map<string, FileRead>();
  for (const path of paths) files.set(path, await host.readFile(path, INPUT_LIMIT_BYTES));
  return {
    cwd: folder,
    env: host.env,
    file: (path) => files.get(path) ?? { kind: "missing" },
    architecture: host.architecture,
    // Looked up only by what needs it: to plan, no engine has to be named properly.
    get enginePath() {
      return engineSocket(host);
    },
  };
}

/** e.g. `container_create_args[0]: "--rm" is overridden: …` */
export function warningText({ argIndex, path, message }: PlanWarning): string {
  if (path !== undefined) return `"${path.join(".")}" ${message}`;
  return argIndex === undefined ? message : `container_create_args[${argIndex}]: ${message}`;
}
