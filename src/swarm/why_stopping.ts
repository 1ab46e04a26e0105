/**
 * Why the run ends: systemd sends the same signal for a stop, for a restart, and when the machine goes down, and only the
 * first one is to end the service.
 * Source: systemctl(1), `is-system-running` and `list-jobs`.
 */
import type { Host } from "../host/host.ts";
import { unitOf } from "../host/process_identity.ts";
import { runProgram } from "../host/run_program.ts";
import type { Context } from "../supervisor/context.ts";

export type Ground =
  | { readonly kind: "stop" | "restart" | "shutdown" }
  /** systemd is there, and does not tell. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A machine that goes down may be slow to answer. */
const PATIENCE_MS = 20_000;
const STATES = /^(?:initializing|starting|running|degraded|maintenance|stopping|offline)$/;

export async function whyStopping({ host, readProc }: Pick<Context, "host" | "readProc">): Promise<Ground> {
  const unit = unitOf("self", readProc);
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
