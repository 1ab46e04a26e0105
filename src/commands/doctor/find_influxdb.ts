/** Where InfluxDB is, by the machine-wide config; undefined if it is in none. */
import { parseYaml } from "../../config/load_config.ts";
import type { Host } from "../../host/host.ts";
import type { InfluxdbAccess } from "./influxdb_check.ts";

const FILES = ["/etc/service_runner/config.yaml", "/etc/service_runner/global_config.yaml"];
const LIMIT_BYTES = 1024 * 1024;

/** @throws ConfigError */
export async function findInfluxdb(host: Host): Promise<InfluxdbAccess | undefined> {
  const named = host.env("service_runner_global_config");
  for (const file of named ? [named] : FILES) {
    const read = await host.readFile(file, LIMIT_BYTES);
    if (read.kind !== "content") continue;
    const content = await parseYaml(file, new TextDecoder().decode(read.bytes)) as {
      influxdb?: { location?: string; token?: string; token_file?: string; bucket?: string } | null;
    } | null;
    const { location, token, token_file: tokenFile, bucket = "monitoring" } = content?.influxdb ?? {};
    if (location === undefined) return undefined;
    const path = tokenFile?.startsWith("/")
      ? tokenFile
      : `${file.slice(0, file.lastIndexOf("/"))}/${tokenFile}`;
    const kept = tokenFile === undefined ? undefined : await host.readFile(path, LIMIT_BYTES);
    return {
      location,
      bucket,
      token: token ?? (kept?.kind === "content" ? new TextDecoder().decode(kept.bytes).trim() : undefined),
    };
  }
  return undefined;
}
