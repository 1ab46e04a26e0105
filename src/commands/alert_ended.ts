/**
 * `service_runner alert --ended`, of the unit's ExecStopPost=: the process that tells of all else has been killed.
 * In: `SERVICE_RESULT`, `EXIT_STATUS`, `STATE_DIRECTORY`, see systemd.exec(5). Out: a record of the log, and an alert.
 */
import type { Printed } from "../cli.ts";
import { findRunnerConfig } from "../config/runner_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_CONFIG } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { JsonLines } from "../logging/json_lines.ts";
import { fileStem } from "../host/paths.ts";
import { FAILURE } from "../logging/log_record.ts";
import { OutputQueue } from "../logging/output_queue.ts";
import { preciseNowMs } from "../logging/rising_clock.ts";
import { openConfiguredAlerts } from "../start/alerts.ts";
import { loadService } from "../start/load_service.ts";
import { alertsOf, withAlerts } from "../start/sinks.ts";
import { UsageError } from "./usage_error.ts";

/** `configPath`: the service's. @throws UsageError */
export async function alertEnded(configPath: string, host: Host): Promise<Printed> {
  const message = story(host);
  if (message === undefined) return {};
  const loaded = await loadService(configPath, host).catch(() => undefined);
  const output = new OutputQueue(host.writeStdout, () => {});
  const service = loaded?.config.name ?? fileStem(configPath);
  const journal = host.env("JOURNAL_STREAM") !== undefined;
  const logger = new JsonLines({ service, output, nowMs: preciseNowMs(), journal });
  try {
    const wanted = alertsOf(loaded);
    const config = withAlerts(await findRunnerConfig(host), wanted);
    const alerts = config && await openConfiguredAlerts(
      { ...config, alerts: { ...config.alerts, heartbeat: undefined } },
      { service: wanted, environment: [] },
      { host, logger, configPath },
    );
    logger.log({ ...FAILURE, source: "service", message });
    await alerts?.close("end");
    return {};
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { stderr: `service_runner alert: ${error.message}\n`, exitCode: EX_CONFIG };
  } finally {
    await output.flush();
  }
}

/** Undefined where the program has ended by itself, and has told of it. */
function story({ env }: Host): string | undefined {
  const signal = env("EXIT_STATUS") ?? "";
  const by = /^[A-Z]/.test(signal) ? ` (SIG${signal})` : "";
  switch (env("SERVICE_RESULT")) {
    case "watchdog":
      return `systemd's watchdog has ended the service: service_runner hung, or a check with "on_failure: watchdog" ` +
        `fails${by}`;
    case "oom-kill":
      return "service_runner itself, or a check of it, was killed: there was no memory left for it";
    case "timeout":
      return `service_runner itself was killed: it took longer to start or stop than its unit allows${by}`;
    case "signal":
    case "core-dump":
      return `service_runner itself was killed${by}`;
    case undefined:
      throw new UsageError("--ended is for ExecStopPost= of a unit: SERVICE_RESULT is not set");
    default:
      return undefined;
  }
}
