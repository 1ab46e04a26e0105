/** All keys of the machine-wide config. Most machines have no more than `influxdb:`, and load nothing of this. */
import * as v from "valibot";
import { type AlertsConfig, resolveAlerts } from "./alert_targets.ts";
import { alertsSection } from "./alerts_config.ts";
import { type InfluxdbConfig, influxdbSection, resolveInfluxdb } from "./influxdb_config.ts";
import { parseConfig } from "./load_config.ts";
import { type GivenPage, type PageConfig, pageSection, resolvePage } from "./page_config.ts";
import type { ConfigText } from "./secret_file.ts";
import { section } from "./values.ts";

export const runnerSchema = v.nullish(
  section({
    influxdb: v.nullish(influxdbSection),
    alerts: v.nullish(alertsSection),
    page: v.nullish(pageSection),
  }),
  {},
);

export interface AllKeys {
  readonly influxdb: InfluxdbConfig | undefined;
  readonly alerts: AlertsConfig | undefined;
  /** Services have nothing to do with it: who serves the page reads the password, see `resolvePage`. */
  readonly page: GivenPage | undefined;
}

/** `content`: of the file's text. @throws ConfigError */
export async function parseAllKeys(config: ConfigText, content: unknown): Promise<AllKeys> {
  const { influxdb, alerts, page } = await parseConfig(runnerSchema, { ...config, content });
  return {
    influxdb: influxdb ? await resolveInfluxdb(influxdb, config) : undefined,
    alerts: alerts ? await resolveAlerts(alerts, config) : undefined,
    page: page ?? undefined,
  };
}

/** Of all that only what the page needs: its account need not be able to read what services can. @throws ConfigError */
export async function parsePageKeys(config: ConfigText, content: unknown): Promise<PageConfig> {
  const { page } = await parseConfig(runnerSchema, { ...config, content });
  return await resolvePage(page ?? {}, config);
}
