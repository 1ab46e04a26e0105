/** A service that a test plays: what systemd has to say of it, and its status file. */
import type { CheckStatus, ServiceStatus } from "../../src/logging/service_status.ts";
import type { StandInUnit } from "./stand_in_systemctl.ts";

export interface PlayedService {
  readonly name: string;
  readonly unit?: Partial<StandInUnit>;
  /** What its status file says, beside what `statusOf` has; a text is its content as it is; null for no file. */
  readonly file?: Partial<ServiceStatus> | string | null;
}

type Status = Partial<ServiceStatus>;

const CONTAINER = { id: "0123456789abcdef", image: "nginx:1.27", paused: false };
const HOUR_MS = 3_600_000;

/** Up for two hours; `status` is what differs. */
export function up(name: string, status: Status = {}): PlayedService {
  return { name, file: status };
}

/** Up, and one of its two checks fails. */
export function failing(name: string, status: Status = {}): PlayedService {
  const checks = [
    playedCheck("http /", { history: [12, 14, -5000, 13, -5000, -5000, -5000], ok: false }),
    playedCheck("tcp 5432"),
  ];
  return up(name, { status: 'Failing: "http /": HTTP status 503', checks, ...status });
}

export function paused(name: string, status: Status = {}): PlayedService {
  return up(name, {
    status: "The container is paused",
    container: playedContainer({ paused: true }),
    ...status,
  });
}

/** The process has ended, and systemd will start it again. */
export function restarting(name: string): PlayedService {
  const unit = { active: "activating", sub: "auto-restart", result: "exit-code", exitStatus: 1, restarts: 2 };
  return { name, unit: { ...unit, mainPid: 0, sinceSeconds: 3 }, file: null };
}

export function down(name: string, exitStatus = 3): PlayedService {
  const unit = { active: "failed", sub: "failed", result: "exit-code", exitStatus };
  return { name, unit: { ...unit, mainPid: 0, sinceSeconds: 620 }, file: null };
}

/** Stopped by somebody. */
export function inactive(name: string): PlayedService {
  const unit = { active: "inactive", sub: "dead", mainPid: 0, sinceSeconds: 3 * 86_400 };
  return { name, unit, file: null };
}

/** Up, and there is a newer image. */
export function withUpdate(name: string, update: Partial<ServiceStatus["update"]> = {}): PlayedService {
  const at = new Date(Date.now() - HOUR_MS).toISOString();
  const [from, to] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
  return up(name, {
    update: { request: null, state: "available", from, to, why: null, seen_at: at, at, ...update },
  });
}

export function playedContainer(
  { startedMsAgo = 2 * HOUR_MS, ...container }: Partial<ServiceStatus["container"]> & {
    readonly startedMsAgo?: number;
  } = {},
): NonNullable<ServiceStatus["container"]> {
  return { ...CONTAINER, started_at: new Date(Date.now() - startedMsAgo).toISOString(), ...container };
}

/** One that passes, and has a full history, unless `check` says otherwise. */
export function playedCheck(name: string, check: Partial<CheckStatus> = {}): CheckStatus {
  const history = Array.from({ length: 20 }, (_, index) => 10 + index * 7 % 40);
  return { name, kind: "check_http", ok: true, history, runs: 500, failures: 0, ...check };
}

/** The content of the file of a service that is up, written by the process `pid`. */
export function statusOf(service: string, pid: number, status: Status): ServiceStatus {
  return {
    pid,
    service,
    phase: "ready",
    status: "Running since 14:02, 2 checks pass",
    container: playedContainer(),
    config: { file: `/srv/config/${service}.yaml`, sha256: "abcdef0123456789".repeat(4) },
    checks: [playedCheck("http /"), playedCheck("tcp 5432")],
    log: { lines: 1200, lines_per_minute: 12 },
    counters: { log_lines: 1200, log_bytes: 90_000, restarts: 0, alerts_failed: 0 },
    update: null,
    written_at: new Date().toISOString(),
    ...status,
  };
}
