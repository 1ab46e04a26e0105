/**
 * Finds everything that is wrong with one config file, and what is doubtful about it.
 * In: a path. Out: problems with their places. Starts nothing, asks no engine.
 */
import { findRunnerConfig, loadRunnerConfig, type RunnerConfig } from "../../config/runner_config.ts";
import { ConfigError, type Problem } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { requireInfluxdb } from "../../start/influxdb.ts";
import type { PlanWarning } from "../../plan/container_plan.ts";
import { loadService } from "../../start/load_service.ts";
import { planService } from "../../start/plan_service.ts";
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
    const loaded = await loadService(file, host);
    const plan = await planService(loaded, host);
    const warnings = [...plan.warnings.map(atArgument), ...doubts(loaded.config, plan)];
    return { file, name: plan.name, text: loaded.text, errors: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file, text: error.text, errors: error.problems, warnings: [] };
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
