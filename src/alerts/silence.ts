/**
 * A silence: for so long nobody is told anything, while checks go on. In: `silence.json`, which `service_runner silence`
 * writes: one beside the service's own state, one above it for all services. These folders outlive a stop.
 */
import type { Host } from "../host/host.ts";

const FILE_NAME = "silence.json";
const LIMIT_BYTES = 4096;

/** Where the silence of a service, and that of all, is written. `stateFolder`: e.g. `/var/lib/service_runner/web`. */
export function silencePath(stateFolder: string, scope: "service" | "all"): string {
  const folder = scope === "all" ? stateFolder.slice(0, stateFolder.lastIndexOf("/")) : stateFolder;
  return `${folder}/${FILE_NAME}`;
}

export function silenceText(untilMs: number): string {
  return `${JSON.stringify({ until: new Date(untilMs).toISOString() })}\n`;
}

/** Until when it is, in milliseconds since 1970; undefined where there is none any more. */
export function silencedUntilMs(
  stateFolder: string,
  host: Pick<Host, "readOthersFile">,
  nowMs: number,
): number | undefined {
  const ends = (["service", "all"] as const).map((scope) => readEnd(silencePath(stateFolder, scope), host));
  const untilMs = Math.max(...ends);
  return untilMs > nowMs ? untilMs : undefined;
}

function readEnd(path: string, host: Pick<Host, "readOthersFile">): number {
  const read = host.readOthersFile(path, LIMIT_BYTES);
  if (read.kind !== "content") return 0;
  try {
    const { until } = JSON.parse(new TextDecoder().decode(read.bytes)) as { readonly until?: unknown };
    return Date.parse(String(until)) || 0;
  } catch {
    return 0;
  }
}
