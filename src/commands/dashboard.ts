/**
 * `service_runner dashboard`: prints a dashboard for Grafana, to be imported there.
 * Its queries are InfluxQL, which InfluxDB 1.8, 2 and 3 understand.
 */
import type { Printed } from "../cli.ts";
import content from "./dashboard.json" with { type: "json" };

/** Prints `dashboard.json`. */
export function dashboard(): Printed {
  return { stdout: `${JSON.stringify(content, null, 2)}\n` };
}
