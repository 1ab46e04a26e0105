/**
 * Why the run ends: systemd sends the same signal for a stop, for a restart, and when the machine goes down, and only the
 * first one is to end the service.
 * Source: systemctl(1), `is-system-running` and `list-jobs`; cgroups(7) for the name of our own unit.
 */
import type { Host } from "../host/host.ts";
import { runProgram } from "../host/run_program.ts";

export type Ground =
  | { readonly kind: "stop" | "restart" | "shutdown" }
  /** systemd is there, and does not tell. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A machine that goes down may be slow to answer. */
const PATIENCE_MS = 20_000;
const CGROUP_LIMIT_BYTES = 64 * 1024;
const STATES = /^(?:initializing|starting|running|degraded|maintenance|stopping|offline)$/;

export async function whyStopping(host: Host): Promise<Ground> {
  const unit = ownUnit(host);
  // Not started by systemd: there is nobody to ask.
  if (unit === undefined) return { kind: "stop" };
  const state = await ask(["is-system-running"], host);
  if (state.isMissing) return { kind: "stop" };
  const word = state.stdout.trim();
  if (word === "stopping") return { kind: "shutdown" };
  if (!STATES.test(word)) {
    return { kind: "unknown", reason: state.failure || state.stderr.trim() || `"${word}"` };
  }
  const jobs = await ask(["list-jobs", "--no-legend", "--plain"], host);
  const isRestart = jobs.stdout.split("\n").some((line) => {
    const [, name, job] = line.trim().split(/\s+/);
    return name === unit && job === "restart";
  });
  return { kind: isRestart ? "restart" : "stop" };
}

function ask(args: readonly string[], host: Host) {
  return runProgram({ argv: ["systemctl", ...args], timeoutMs: PATIENCE_MS }, host);
}

/** e.g. `service_runner@web.service`; undefined where the process is in no service of systemd. */
function ownUnit(host: Host): string | undefined {
  const read = host.readOthersFile("/proc/self/cgroup", CGROUP_LIMIT_BYTES);
  if (read.kind !== "content") return undefined;
  return /^(?:0:|\d+:name=systemd):.*\/([^/\n]+\.service)(?:\/|$)/m.exec(new TextDecoder().decode(read.bytes))
    ?.[1];
}
