/** Checks of the Docker Engine. In: GET /version and /info. Out: findings. */
import { EngineError, EngineUnreachableError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import type { EngineQueries } from "../engine_queries.ts";
import { type Finding, findings } from "./finding.ts";

/** The fields of GET /info (SystemInfo) that are checked. */
interface EngineInfo {
  readonly LiveRestoreEnabled?: boolean;
  readonly LoggingDriver?: string;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
}

const MIB = 1024 * 1024;
const FULL_BYTES = 200 * MIB;
const SCARCE_BYTES = 2048 * MIB;

/** The finding for an engine that could not be connected to. */
export function unreachableFinding(error: unknown): Finding {
  const { problem } = findings("engine");
  if (error instanceof EngineUnreachableError) {
    const isPermission = error.reason.startsWith("permission");
    return problem(error.message, isPermission ? "run this as root" : "systemctl start docker");
  }
  if (error instanceof EngineError) return problem(error.message, "install Docker 20.10 or newer");
  throw error;
}

export async function engineChecks(
  engine: EngineQueries,
  socketPath: string,
  host: Host,
): Promise<Finding[]> {
  const version = await engine.get<{ Version?: string; ApiVersion?: string }>(
    "ask for the engine's version",
    "/version",
  );
  const info = await engine.get<EngineInfo>("ask for the engine's settings", "/info") ?? {};
  const { ok } = findings("engine");
  return [
    ok(`Docker ${version?.Version}, API ${version?.ApiVersion}, at ${socketPath}`),
    liveRestore(info),
    logDriver(info),
    cgroup(info),
    await diskSpace(info, host),
  ];
}

function liveRestore({ LiveRestoreEnabled }: EngineInfo): Finding {
  const { ok, warning } = findings("live-restore");
  return LiveRestoreEnabled ? ok("containers live on while Docker is restarted") : warning(
    "all containers end when Docker is restarted",
    'write {"live-restore": true} into /etc/docker/daemon.json, then: systemctl reload docker',
  );
}

function logDriver({ LoggingDriver }: EngineInfo): Finding {
  const { ok, warning } = findings("log driver");
  if (LoggingDriver !== "journald") return ok(`the engine keeps its own log by "${LoggingDriver}"`);
  return warning(
    "the engine's journald driver puts every line into the journal a second time",
    'write {"log-driver": "local"} into /etc/docker/daemon.json, then: systemctl restart docker',
  );
}

function cgroup({ CgroupVersion }: EngineInfo): Finding {
  const { ok, warning } = findings("cgroups");
  return CgroupVersion === "2" ? ok("version 2") : warning(
    `version ${CgroupVersion ?? "unknown"}: limits are less exact, and newer systemds do without it`,
    "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line",
  );
}

async function diskSpace(
  { DockerRootDir = "/var/lib/docker" }: EngineInfo,
  host: Host,
): Promise<Finding> {
  const { ok, warning, problem, unknown } = findings("disk space");
  const argv = ["df", "--output=avail", "--block-size=1", DockerRootDir] as const;
  const result = await runProgram({ argv }, host);
  const bytes = Number(result.stdout.trim().split("\n").at(-1));
  if (result.statusCode !== 0 || !Number.isFinite(bytes)) {
    return unknown(`${DockerRootDir} can not be looked at`);
  }
  const gib = (bytes / (1024 * MIB)).toFixed(1);
  const text = `${gib} GiB are free for images and containers in ${DockerRootDir}`;
  const advice = "docker system prune, or more space";
  if (bytes < FULL_BYTES) return problem(text, advice);
  return bytes < SCARCE_BYTES ? warning(text, advice) : ok(text);
}
