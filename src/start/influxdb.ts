/** From the machine-wide config to InfluxDB, which is loaded only where the config names one. */
import type { InfluxdbConfig } from "../config/influxdb_config.ts";
import { type RunnerConfig, runnerConfigProblems } from "../config/runner_config.ts";
import type { Influxdb, OpenInfluxdb } from "../logging/influxdb/influxdb.ts";
import type { Context } from "../supervisor/context.ts";
import { stateFolder } from "../update/update_memory.ts";

/** From now on every record goes there too. Undefined where there is none. @throws ConfigError */
export async function openConfiguredInfluxdb(
  config: RunnerConfig,
  { host, logger }: Pick<Context, "host" | "logger">,
): Promise<Influxdb | undefined> {
  const required = await requireInfluxdb(config);
  if (required === undefined) return undefined;
  const { config: { spoolLimitBytes, ...target }, open } = required;
  const influxdb = await open({
    target,
    spoolLimitBytes,
    stateFolder: stateFolder(host),
    service: logger.options.service,
    host,
    logger,
    clock: logger.clock,
  });
  logger.attach(influxdb.sink);
  return influxdb;
}

/** What the config asks for, undefined if it asks for none. @throws ConfigError in a program built without it */
export async function requireInfluxdb(
  config: RunnerConfig,
): Promise<{ readonly config: InfluxdbConfig; readonly open: OpenInfluxdb } | undefined> {
  const { influxdb } = config;
  if (influxdb === undefined) return undefined;
  // A literal, so that it is compiled in; a build without InfluxDB has "left_out.ts" in its place.
  const { openInfluxdb: open } = await import("../logging/influxdb/open_influxdb.ts");
  if (open !== undefined) return { config: influxdb, open };
  const message = "can not be used: this program was built without InfluxDB";
  throw await runnerConfigProblems(config, [{ path: ["influxdb"], message, atKey: true }]);
}
