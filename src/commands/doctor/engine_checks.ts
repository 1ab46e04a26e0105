/** Checks of the Docker Engine. In: GET /version and /info. Out: findings. */
import { EngineError, EngineUnreachableError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { type EngineQueries, isRefusal } from "../engine_queries.ts";
import { showUnits } from "../systemctl.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";

/** The fields of GET /info (SystemInfo) that are checked. */
interface EngineInfo {
  readonly LiveRestoreEnabled?: boolean;
  readonly LoggingDriver?: string;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
}

const RELOAD = "systemctl reload docker.service";
const LINES = "journalctl --unit=docker.service --lines=20 --output=cat --no-pager";
const RESTART = "systemctl restart docker.service";

const MIB = 1024 * 1024;
const FULL_BYTES = 200 * MIB;
const SCARCE_BYTES = 2048 * MIB;

/** The finding for an engine that can not be asked, or refuses to answer. */
export async function refusalFinding(error: unknown, host: Host): Promise<Finding> {
  const { problem, unknown } = findings("engine");
  if (!isRefusal(error)) throw error;
  if (error instanceof EngineUnreachableError) {
    // Of whoever asks: whether the services' account may is another finding.
    const isPermission = error.reason.startsWith("permission");
    if (isPermission) return unknown(error.message.split(";")[0] ?? "", "run this as root");
    return problem(error.message, await startAdvice(host));
  }
  // Of an engine that is too old no version can be agreed on.
  const isOld = error instanceof EngineError && error.operation.startsWith("agree on");
  return problem(error.message, isOld ? "install Docker 20.10 or newer" : run(LINES));
}

/** As far as Docker's own unit is what runs the engine. */
async function startAdvice(host: Host): Promise<Advice> {
  const properties = "Id,LoadState,ActiveState";
  const shown = await showUnits(["docker.service", "docker.socket"], properties, host);
  const units = shown.kind === "units" ? shown.units : [];
  const masked = units.filter((unit) => unit.get("LoadState") === "masked").map((unit) =>
    unit.get("Id") ?? ""
  );
  const start = "systemctl start docker.service";
  if (masked.length > 0) {
    // Masked until the next boot, or for good: each has to be taken back its own way.
    const unmask = `systemctl unmask ${masked.join(" ")}`;
    return { commands: [`${unmask} && systemctl unmask --runtime ${masked.join(" ")}`, start] };
  }
  const state = units[0]?.get("ActiveState");
  if (state === "active") {
    return { words: "it runs, but does not answer; its lines may say why:", commands: [LINES, RESTART] };
  }
  if (state !== "failed") return run(start);
  const words = "it has failed; its lines say why, mend it:";
  return { words, commands: [LINES, "systemctl reset-failed docker.service", start] };
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
    {
      words: 'set "live-restore" to true in /etc/docker/daemon.json, beside what is there, then:',
      commands: [RELOAD],
    },
  );
}

function logDriver({ LoggingDriver }: EngineInfo): Finding {
  const { ok, warning } = findings("log driver");
  if (LoggingDriver !== "journald") return ok(`the engine keeps its own log by "${LoggingDriver}"`);
  return warning(
    "the engine's journald driver puts every line into the journal a second time",
    { words: 'write {"log-driver": "local"} into /etc/docker/daemon.json, then:', commands: [RESTART] },
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
  const words = "more space, or without what no container uses:";
  const advice = { words, commands: ["docker system prune --force"] };
  if (bytes < FULL_BYTES) return problem(text, advice);
  return bytes < SCARCE_BYTES ? warning(text, advice) : ok(text);
}
