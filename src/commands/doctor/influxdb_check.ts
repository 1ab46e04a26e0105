/** Checks whether InfluxDB would accept records with the configured token. InfluxDB API v2: /health and /buckets. */
import type { InfluxdbConfig } from "../../config/runner_config.ts";
import { shellLine } from "../shell_words.ts";
import { type Finding, findings, run } from "./finding.ts";

const PATIENCE_MS = 5_000;

/** Never a problem: services run without InfluxDB too. */
export async function influxdbCheck(
  { location, token, bucket }: Pick<InfluxdbConfig, "location" | "token" | "bucket">,
): Promise<Finding> {
  const { ok, warning } = findings("InfluxDB");
  const base = location.replace(/\/+$/, "");
  const ask = async (path: string): Promise<number> => {
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Token ${token}` };
    const response = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    await response.body?.cancel();
    return response.status;
  };
  try {
    const health = await ask("/health");
    if (health !== 200) {
      return warning(`${base} says that it is not well: status ${health}`, "look at its log");
    }
    const buckets = await ask(`/api/v2/buckets?name=${encodeURIComponent(bucket)}`);
    if (buckets === 200) return ok(`${base} takes the token`);
    if (buckets === 401) return warning(`${base} does not take the token`, "look at token or token_file");
    return warning(
      `${base} has no bucket "${bucket}" for this token: status ${buckets}`,
      run(shellLine(["influx", "bucket", "create", "--name", bucket])),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return warning(`${base} can not be reached: ${reason}`, "start it, or correct the location");
  }
}
