/**
 * `service_runner validate`: what is wrong with config files, all of it, and what is doubtful; starts nothing.
 * A machine-wide config is known by its keys. The one that a service would use is checked in any case.
 */
import type { Printed } from "../cli.ts";
import { loadServiceConfig } from "../config/load_config.ts";
import { findRunnerConfig, loadRunnerConfig } from "../config/runner_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_CONFIG, EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { requireInfluxdb } from "../influxdb.ts";
import { planService, warningText } from "../plan_service.ts";

export async function validate(files: readonly string[], host: Host): Promise<Printed> {
  let stdout = "";
  const problems = new Set<string>();
  const warnings: string[] = [];
  for (const file of files) {
    const problem = await problemOf(async () => {
      for (const warning of await check(file, host)) warnings.push(`${file}: warning: ${warning}`);
    });
    if (problem === undefined) stdout += `${file}: no problems\n`;
    else problems.add(problem);
  }
  const problem = await problemOf(async () => {
    const found = await findRunnerConfig(host);
    if (found !== undefined) await requireInfluxdb(found);
  });
  if (problem !== undefined) problems.add(problem);
  const stderr = [...warnings, ...problems].map((line) => `${line}\n`).join("");
  return { stdout, stderr, exitCode: problems.size === 0 ? EX_OK : EX_CONFIG };
}

/** Yields what is doubtful. @throws ConfigError */
async function check(file: string, host: Host): Promise<string[]> {
  const runnerConfig = await loadRunnerConfig(file, host);
  if (runnerConfig !== undefined) {
    await requireInfluxdb(runnerConfig);
    return [];
  }
  const { warnings } = await planService(await loadServiceConfig(file, host), host);
  return warnings.map(warningText);
}

async function problemOf(action: () => Promise<void>): Promise<string | undefined> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
