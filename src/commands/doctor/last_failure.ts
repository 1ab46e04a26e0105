/** Why a service has failed last, by its own records in the journal. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";

export interface LastFailure {
  /** e.g. `The container has ended by itself: exit code 3` */
  readonly reason: string;
  /** RFC 3339 */
  readonly at: string;
  /** What the container has written last. */
  readonly lastLine: string | undefined;
  /** Whether it was the container that has ended, or did not become ready: its lines say more. */
  readonly isContainers: boolean;
}

interface FailureRecord {
  readonly timestamp: string;
  readonly severity: string;
  readonly source: string;
  readonly message: string;
  readonly data?: { readonly exit_code?: number; readonly last_lines?: readonly string[] } | null;
}

const LOOKED_AT = 40;

/** Undefined where there is none, or the journal can not be read. */
export async function findLastFailure(unit: string, host: Host): Promise<LastFailure | undefined> {
  const filters = [`--unit=${unit}`, "--priority=err", `--lines=${LOOKED_AT}`];
  const argv = ["journalctl", ...filters, "--output=cat", "--no-pager", "--quiet"] as const;
  const { stdout } = await runProgram({ argv }, host);
  const record = stdout.split("\n").flatMap(parseRecord).findLast(isFailure);
  if (record === undefined) return undefined;
  const { timestamp: at, message, data } = record;
  const [reason = ""] = message.split("\n");
  return {
    reason: reason.endsWith(":") ? message.split("\n").slice(0, 2).join(" ") : reason,
    at,
    lastLine: data?.last_lines?.at(-1),
    isContainers: record.source === "service" && !/^Cannot (?!start the service)/.test(message),
  };
}

function parseRecord(line: string): FailureRecord[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line)];
  } catch {
    // Cut by the journal, or somebody else's.
    return [];
  }
}

/** The record of an end; a check that fails, or a reload that is refused, is none. */
function isFailure({ severity, source, message, data }: FailureRecord): boolean {
  if (source !== "service" && source !== "docker") return false;
  return severity === "fatal" || data?.exit_code !== undefined ||
    /^(?:The service has failed: |The engine has gone down)/.test(message);
}
