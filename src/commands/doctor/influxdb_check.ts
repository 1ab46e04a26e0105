/**
 * Checks whether InfluxDB would accept records with the configured token, and writes none.
 * Sources: InfluxDB API v2, GET /health and /api/v2/buckets. InfluxDB 1.8, VictoriaMetrics and Telegraf have only what
 * writes need; of Telegraf, influxdb_listener answers GET /ping, and influxdb_v2_listener GET /api/v2/ready.
 */
import type { InfluxdbConfig } from "../../config/influxdb_config.ts";
import { beginningOfBody } from "../../host/beginning_of_body.ts";
import { shellLine } from "../shell_words.ts";
import { type Finding, findings, run } from "./finding.ts";

const PATIENCE_MS = 5_000;
/** More of an answer is not looked at. */
const READ_CHARACTERS = 16 * 1024;

interface Answer {
  readonly httpStatus: number;
  readonly text: string;
}

type Target = Pick<InfluxdbConfig, "location" | "token" | "bucket">;

/** Never a problem: services run without InfluxDB too. */
export async function influxdbCheck({ location, token, bucket }: Target): Promise<Finding> {
  const { ok, warning } = findings("InfluxDB");
  const base = location.replace(/\/+$/, "");
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Token ${token}` };
  const ask = async (path: string): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    return { httpStatus: response.status, text: await beginningOfBody(response, READ_CHARACTERS) };
  };
  try {
    const health = await ask("/health");
    if (health.httpStatus >= 500) {
      return warning(`${base} says that it is not well: status ${health.httpStatus}`, "look at its log");
    }
    const isOne = saysWell(health) || (await ask("/ping")).httpStatus === 204 ||
      saysReady(await ask("/api/v2/ready"));
    if (!isOne) {
      return warning(`what answers at ${base} is no InfluxDB`, "correct the location");
    }
    const { httpStatus, text } = await ask(`/api/v2/buckets?name=${encodeURIComponent(bucket)}`);
    if (httpStatus === 401 || httpStatus === 403) {
      return warning(`${base} does not take the token`, "look at token or token_file");
    }
    if (httpStatus === 200 && isJson(text)) return ok(`${base} takes the token`);
    // InfluxDB 2 answers in JSON that there is no such bucket; the others have nothing there at all.
    if (!isJson(text)) return ok(`${base} answers; whether it takes the token shows with the first write`);
    return warning(
      `${base} has no bucket "${bucket}" for this token: status ${httpStatus}`,
      run(shellLine(["influx", "bucket", "create", "--name", bucket])),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return warning(`${base} can not be reached: ${reason}`, "start it, or correct the location");
  }
}

/** InfluxDB says it in JSON, VictoriaMetrics by a word. */
function saysWell({ httpStatus, text }: Answer): boolean {
  return httpStatus === 200 && (text.trim() === "OK" || (isJson(text) && text.includes('"status"')));
}

function saysReady({ httpStatus, text }: Answer): boolean {
  return httpStatus === 200 && isJson(text);
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
