/** A service's config from its file; where it is refused, with all that is wrong with it, its flags included. */
import { configError, type LoadedConfig, loadServiceConfig } from "../config/load_config.ts";
import { ConfigError } from "../errors.ts";
import type { Host } from "../host/host.ts";

/** @throws ConfigError */
export async function loadService(path: string, host: Host): Promise<LoadedConfig> {
  try {
    return await loadServiceConfig(path, host);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.text === undefined) throw error;
    const { flagProblems } = await import("./flag_problems.ts");
    const more = await flagProblems(error, error.text, host);
    throw more.length === 0 ? error : await configError(error.file, error.text, [...error.problems, ...more]);
  }
}
