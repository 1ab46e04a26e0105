/**
 * `service_runner dashboard`: prints a dashboard for Grafana, to be imported there.
 * That for InfluxDB asks by InfluxQL, which InfluxDB 1.8, 2 and 3 understand; that for Prometheus asks what `metrics` has.
 */
import type { Printed } from "../cli.ts";
import FOR_INFLUXDB from "./dashboard.json" with { type: "json" };
import FOR_PROMETHEUS from "./dashboard_prometheus.json" with { type: "json" };

export function dashboard(source: "influxdb" | "prometheus"): Printed {
  const content = source === "prometheus" ? FOR_PROMETHEUS : FOR_INFLUXDB;
  return { stdout: `${JSON.stringify(content, null, 2)}\n` };
}
