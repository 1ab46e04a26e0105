/** From the two configs to alerts. Loaded only where the machine-wide config has them. */
import { type Alerts, openAlerts, type ServedService } from "../alerts/alerts.ts";
import type { AlertsConfig } from "../config/alert_targets.ts";
import { type RunnerConfig, runnerConfigProblems } from "../config/runner_config.ts";
import type { Host } from "../host/host.ts";
import { fileStem } from "../host/paths.ts";
import type { JsonLines } from "../logging/json_lines.ts";
import { stateFolder } from "../update/update_memory.ts";

export type WithAlerts = RunnerConfig & { readonly alerts: AlertsConfig };

export interface AlertsContext {
  readonly host: Host;
  readonly logger: JsonLines;
  /** The service's, after which the unit's instance is called. */
  readonly configPath: string;
}

/** From now on records mean something to somebody. Never rejects. */
export async function openConfiguredAlerts(
  { alerts: config, ...runner }: WithAlerts,
  served: ServedService,
  { host, logger, configPath }: AlertsContext,
): Promise<Alerts> {
  for (const problem of config.unusable) {
    // Its place and the sentence, without the lines of the file around it.
    const [, sentence] = (await runnerConfigProblems(runner, [problem])).message.split("\n");
    logger.log({
      severity: "error",
      source: "alerts",
      message: `A channel of alerts is left out: ${sentence}`,
    });
  }
  const speaker = {
    service: logger.options.service,
    instance: fileStem(configPath),
    host: host.hostname(),
  };
  const alerts = await openAlerts({
    config,
    ...served,
    speaker,
    stateFolder: stateFolder(host),
    host,
    logger,
  });
  logger.onEvent = (entry) => alerts.accept(entry);
  return alerts;
}
