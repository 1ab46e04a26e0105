/** Where records and measurements go besides standard output: InfluxDB, and alerts. Each is loaded only if configured. */
import type { Alerts } from "../alerts/alerts.ts";
import type { LoadedConfig } from "../config/load_config.ts";
import type { ServiceAlerts } from "../config/service_alerts.ts";
import { findRunnerConfig, type RunnerConfig } from "../config/runner_config.ts";
import { EX_CONFIG, EX_OK, EX_USAGE } from "../exit.ts";
import type { Influxdb } from "../logging/influxdb/influxdb.ts";
import { type Metrics, NO_METRICS } from "../logging/metrics.ts";
import type { Context } from "../supervisor/context.ts";
import type { WithAlerts } from "./alerts.ts";
import { openConfiguredInfluxdb } from "./influxdb.ts";

/** With these the shipped unit is not started again (`RestartPreventExitStatus=`). */
const FINAL = [EX_USAGE, EX_CONFIG];

/** Who is told of a service: all where its config can not be loaded. */
export function alertsOf(loaded: LoadedConfig | undefined): ServiceAlerts {
  return loaded?.config.alerts ?? { afterMs: 0, to: undefined };
}

/** The config of the machine with its alerts; undefined where there are none, or nobody is told of the service. */
export function withAlerts(config: RunnerConfig | undefined, { to }: ServiceAlerts): WithAlerts | undefined {
  const { alerts } = config ?? {};
  return config === undefined || alerts === undefined || to?.length === 0 ? undefined : { ...config, alerts };
}

export class Sinks {
  #alerts: Alerts | undefined;

  private constructor(
    private readonly config: RunnerConfig | undefined,
    private readonly influxdb: Influxdb | undefined,
    private readonly context: Pick<Context, "host" | "logger" | "statusFile"> & {
      readonly configPath: string;
    },
  ) {}

  /** From now on every record goes there too. `loaded`: undefined where the config is no good. @throws ConfigError */
  static async open(loaded: LoadedConfig | undefined, context: Sinks["context"]): Promise<Sinks> {
    const config = await findRunnerConfig(context.host);
    const influxdb = config && await openConfiguredInfluxdb(config, context);
    const sinks = new Sinks(config, influxdb, context);
    await sinks.#tell({ service: alertsOf(loaded), environment: [] });
    return sinks;
  }

  /** What they are about from now on: at the start, and after a reload. `environment`: the container's, which is secret. */
  async serve({ config }: LoadedConfig, environment: readonly string[] = []): Promise<void> {
    await this.#tell({ service: config.alerts, environment });
  }

  get metrics(): Metrics {
    const { metrics } = this.influxdb ?? { metrics: NO_METRICS };
    return this.config?.alerts === undefined ? metrics : {
      ...metrics,
      check: (report) => {
        metrics.check(report);
        this.#alerts?.check(report);
      },
    };
  }

  /** Sends what is left, for at most a few seconds. */
  async close({ exitCode }: { readonly exitCode: number }): Promise<void> {
    // First, so that what is wrong with a channel is a record for InfluxDB, too.
    await this.#alerts?.close(exitCode === EX_OK ? "none" : FINAL.includes(exitCode) ? "final" : "end");
    await this.influxdb?.close();
  }

  async #tell(served: Parameters<Alerts["serve"]>[0]): Promise<void> {
    if (this.#alerts !== undefined) return this.#alerts.serve(served);
    const config = withAlerts(this.config, served.service);
    if (config === undefined) return;
    const { openConfiguredAlerts } = await import("./alerts.ts");
    const alerts = await openConfiguredAlerts(config, served, this.context);
    this.#alerts = alerts;
    this.context.statusFile?.countFailedAlerts(() => alerts.failed);
  }
}
