/** The config of a service → its plan: reads what the plan's flags name, then plans. */
import { configError, type LoadedConfig } from "./config/load_config.ts";
import type { FileRead, Host } from "./host/host.ts";
import { type ContainerPlan, planContainer } from "./plan/container_plan.ts";
import { wantedFiles } from "./plan/plan_inputs.ts";

/** Env files, label files, seccomp profiles. */
const INPUT_LIMIT_BYTES = 4 * 1024 * 1024;

/** @throws ConfigError that points at the flags that are wrong */
export async function planService(
  { file, folder, config, text }: LoadedConfig,
  { host, enginePath }: { readonly host: Host; readonly enginePath: string },
): Promise<ContainerPlan> {
  const files = new Map<string, FileRead>();
  for (const path of wantedFiles(config.containerCreateArgs, folder)) {
    files.set(path, await host.readFile(path, INPUT_LIMIT_BYTES));
  }
  const result = planContainer(config, {
    cwd: folder,
    env: host.env,
    file: (path) => files.get(path) ?? { kind: "missing" },
    architecture: host.architecture,
    enginePath,
  });
  if (result.kind === "refused") throw await configError(file, text, result.problems);
  return result.plan;
}
