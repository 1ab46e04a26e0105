/**
 * Finds everything that is wrong with one config file, and what is doubtful about it.
 * In: a path. Out: problems with their places. Starts nothing, asks no engine.
 */
import { resolvePage } from "../../config/page_config.ts";
import {
  findRunnerConfig,
  loadRunnerConfig,
  type RunnerConfig,
  runnerConfigProblems,
} from "../../config/runner_config.ts";
import type { ServiceConfig } from "../../config/service_config.ts";
import { ConfigError, type Problem } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { requireInfluxdb } from "../../start/influxdb.ts";
import type { PlanWarning } from "../../plan/container_plan.ts";
import { loadService } from "../../start/load_service.ts";
import { isForSwarm, planService, planSwarm } from "../../start/plan_service.ts";
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
  return await checkRunnerConfig(file, loadRunnerConfig(file, host), host) ?? await checkService(file, host);
}

async function checkService(file: string, host: Host): Promise<CheckedFile> {
  try {
    const loaded = await loadService(file, host);
    const plan = isForSwarm(loaded) ? await planSwarm(loaded, host) : await planService(loaded, host);
    const warnings = [
      ...plan.warnings.map(atItsPlace),
      ...doubts(loaded.config, plan),
      ...await missingChannels(loaded.config, host),
    ];
    return { file, name: plan.name, text: loaded.text, errors: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file, text: error.text, errors: error.problems, warnings: [] };
  }
}

/** Kinds of channels that the service names, and the machine-wide config, if there is one, does not. */
async function missingChannels({ alerts: { to = [] } }: ServiceConfig, host: Host): Promise<Problem[]> {
  // What is wrong with it is told by itself.
  const runner = await findRunnerConfig(host).catch(() => undefined);
  const missing = to.filter((kind) => runner?.alerts?.to.every((target) => target.kind !== kind) ?? false);
  return missing.map((kind) => ({
    path: ["alerts", "to", to.indexOf(kind)],
    message: `names a kind that the machine-wide config does not have, "${kind}": nobody is told by it`,
  }));
}

/** Undefined if it is no machine-wide config. `file`: the path to print, by default that of the config. */
async function checkRunnerConfig(
  file: string | undefined,
  loading: Promise<RunnerConfig | undefined>,
  host: Host,
): Promise<CheckedFile | undefined> {
  try {
    const config = await loading;
    if (config === undefined) return undefined;
    await requireInfluxdb(config);
    await checkPage(config, host);
    const unusable = config.alerts?.unusable ?? [];
    if (unusable.length > 0) throw await runnerConfigProblems(config, unusable);
    return { file: file ?? config.file, text: undefined, errors: [], warnings: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Its text and problems no longer contain secrets.
    return { file: file ?? error.file, text: error.text, errors: error.problems, warnings: [] };
  }
}

/** Whether the page could be served. @throws ConfigError */
async function checkPage(config: RunnerConfig, host: Host): Promise<void> {
  const { file, text, page = {} } = config;
  try {
    await resolvePage(page, { file, text, host });
  } catch (error) {
    throw error instanceof ConfigError ? await runnerConfigProblems(config, error.problems) : error;
  }
}

/** The machine-wide config that a service would use; undefined if there is none, or nothing is wrong with it. */
export async function checkMachineWide(host: Host): Promise<CheckedFile | undefined> {
  const checked = await checkRunnerConfig(undefined, findRunnerConfig(host), host);
  return checked?.errors.length ? checked : undefined;
}

function atItsPlace({ argIndex, path, message }: PlanWarning): Problem {
  if (path !== undefined) return { path, message };
  const place = argIndex === undefined ? [] : ["container_create_args", argIndex];
  return { path: place, message, standsAlone: true };
}
