/** `service_runner validate`: what is wrong with config files, all of it, and what is doubtful; starts nothing. */
import type { Printed } from "../cli.ts";
import { loadServiceConfig } from "../config/load_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_CONFIG, EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { planService, warningText } from "../plan_service.ts";

export async function validate(files: readonly string[], host: Host): Promise<Printed> {
  let stdout = "";
  let stderr = "";
  let exitCode: number = EX_OK;
  for (const file of files) {
    try {
      const { warnings } = await planService(await loadServiceConfig(file, host), host);
      for (const warning of warnings) stderr += `${file}: warning: ${warningText(warning)}\n`;
      stdout += `${file}: no problems\n`;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      stderr += `${error.message}\n`;
      exitCode = EX_CONFIG;
    }
  }
  return { stdout, stderr, exitCode };
}
