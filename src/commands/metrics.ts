/** `service_runner metrics`: the services of this machine as metrics. Source: what `status` reads. */
import type { Printed } from "../cli.ts";
import { EX_UNAVAILABLE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { exposition } from "./metrics/exposition.ts";
import { metricFamilies } from "./metrics/families.ts";
import { findRows } from "./status/find_rows.ts";

export interface MetricsOptions {
  /** Undefined for standard output. */
  readonly output: string | undefined;
}

const EX_REFUSED = 1;
/** For node_exporter, whatever its account. */
const MODE = 0o644;

/** Prints OpenMetrics; a file gets the format that node_exporter's textfile collector reads, whole or not at all. */
export async function metrics({ output }: MetricsOptions, host: Host): Promise<Printed> {
  const found = await findRows([], host);
  if (found.kind !== "rows") {
    return failed(`Cannot ask systemd for the units: ${found.reason}`, EX_UNAVAILABLE);
  }
  const families = metricFamilies(found.rows);
  const unread = found.rows.filter(({ unreadable }) => unreadable !== null);
  const stderr = unread.map(({ name, unreadable }) =>
    `service_runner metrics: ${name} has gaps: ${unreadable}\n`
  )
    .join("");
  if (output === undefined) return { stdout: exposition(families, "openmetrics"), stderr };
  try {
    host.replaceFile(output, exposition(families, "prometheus"), { mode: MODE });
  } catch (error) {
    return failed(`Cannot write "${output}": ${error instanceof Error ? error.message : error}`, EX_REFUSED);
  }
  return { stderr };
}

function failed(message: string, exitCode: number): Printed {
  return { stderr: `service_runner metrics: ${message}\n`, exitCode };
}
