/**
 * Finds everything that is wrong with one config file, and what is doubtful about it.
 * In: a path. Out: problems with their places. Starts nothing, asks no engine.
 */
import { loadServiceConfig, parseYaml } from "../../config/load_config.ts";
import { findRunnerConfig, loadRunnerConfig, type RunnerConfig } from "../../config/runner_config.ts";
import { ConfigError, type Problem } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { folderOf } from "../../host/paths.ts";
import { requireInfluxdb } from "../../start/influxdb.ts";
import { planContainer, type PlanWarning } from "../../plan/container_plan.ts";
import { gatherInputs, planService } from "../../start/plan_service.ts";
import { doubts } from "./doubts.ts";

export interface CheckedFile {
  /** As it was named. */
  readonly file: string;
  /** Of its container; undefined where it is none of a service, or no good. */
  readonly name?: string;
  /** Undefined where it could not be read, or must not be shown. */
  readonly text: string | undefined;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Checks a service's config, or a machine-wide one, which is recognized by its keys. */
export async function checkFile(file: string, host: Host): Promise<CheckedFile> {
  return await checkRunnerConfig(file, loadRunnerConfig(file, host)) ?? await checkService(file, host);
}

async function checkService(file: string, host: Host): Promise<CheckedFile> {
  try {
    const loaded = await loadServiceConfig(file, host);
    const plan = await planService(loaded, host);
    const warnings = [...plan.warnings.map(atArgument), ...doubts(loaded.config, plan)];
    return { file, name: plan.name, text: loaded.text, errors: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { text, problems } = error;
    const more = text === undefined ? [] : await flagProblems(error, text, host);
    return { file, text, errors: [...problems, ...more], warnings: [] };
  }
}

/** Undefined if it is no machine-wide config. `file`: the path to print, by default that of the config. */
async function checkRunnerConfig(
  file: string | undefined,
  loading: Promise<RunnerConfig | undefined>,
): Promise<CheckedFile | undefined> {
  try {
    const config = await loading;
    if (config === undefined) return undefined;
    await requireInfluxdb(config);
    return { file: file ?? config.file, text: undefined, errors: [], warnings: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Its text and problems no longer contain secrets.
    return { file: file ?? error.file, text: error.text, errors: error.problems, warnings: [] };
  }
}

/** The machine-wide config that a service would use; undefined if there is none, or nothing is wrong with it. */
export async function checkMachineWide(host: Host): Promise<CheckedFile | undefined> {
  const checked = await checkRunnerConfig(undefined, findRunnerConfig(host));
  return checked?.errors.length ? checked : undefined;
}

function atArgument({ argIndex, message }: PlanWarning): Problem {
  const path = argIndex === undefined ? [] : ["container_create_args", argIndex];
  return { path, message, standsAlone: true };
}

/** The problems of the flags, for a file that was refused for other reasons before they were looked at. */
async function flagProblems({ file, problems }: ConfigError, text: string, host: Host): Promise<Problem[]> {
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
