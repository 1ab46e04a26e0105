/** Checks of the unit file and of the account that it runs services as. In: `systemctl show`. Out: findings. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { showUnits, type UnitProperties } from "../systemctl.ts";
import { type Finding, findings } from "./finding.ts";

/** A template has no properties of its own; those of any instance are the template's. */
const INSTANCE = "service_runner@doctor.service";
const PROPERTIES =
  "LoadState,FragmentPath,NeedDaemonReload,Type,NotifyAccess,User,ExecStart,RuntimeDirectory," +
  "RestartPreventExitStatus,LogRateLimitBurst";

/** What the shipped unit has, and why a service needs it. */
const WANTED: readonly [property: string, value: RegExp, why: string][] = [
  ["Type", /^notify/, 'Type=notify: "active" is to mean that the container is ready'],
  ["RuntimeDirectory", /./, "RuntimeDirectory=service_runner/%i: for ready.when: notify, adopt, and status"],
  [
    "RestartPreventExitStatus",
    /\b64\b.*\b78\b|\b78\b.*\b64\b/,
    "RestartPreventExitStatus=64 78: a bad config stays bad",
  ],
];

export async function unitChecks(socketPath: string, host: Host): Promise<Finding[]> {
  const { problem, unknown } = findings("unit file");
  const shown = await showUnits([INSTANCE], PROPERTIES, host);
  const [unit] = shown.kind === "units" ? shown.units : [];
  if (unit === undefined) return [unknown("systemd does not answer: is this machine run by it?")];
  if (unit.get("LoadState") !== "loaded") {
    const advice = "install -m 644 service_runner@.service /etc/systemd/system/ && systemctl daemon-reload";
    return [problem("there is no unit service_runner@.service", advice)];
  }
  return [
    unitFile(unit),
    await program(unit, host),
    rateLimit(unit),
    await account(unit.get("User") || "root", socketPath, host),
  ];
}

function unitFile(unit: UnitProperties): Finding {
  const { ok, warning } = findings("unit file");
  const path = unit.get("FragmentPath") ?? "";
  if (unit.get("NeedDaemonReload") === "yes") {
    return warning(`${path} has changed since systemd read it`, "systemctl daemon-reload");
  }
  const lacking = WANTED.filter(([property, value]) => !value.test(unit.get(property) ?? ""));
  if (lacking.length === 0) return ok(path);
  const reasons = lacking.map(([, , why]) => why).join("; ");
  return warning(`${path} is not as it is shipped, it lacks ${reasons}`, "install the unit file anew");
}

async function program(unit: UnitProperties, host: Host): Promise<Finding> {
  const { ok, problem } = findings("program");
  const path = /path=(\S+)/.exec(unit.get("ExecStart") ?? "")?.[1] ?? "";
  return (await host.readFile(path, 0)).kind !== "missing"
    ? ok(path)
    : problem(`the unit starts "${path}", which is not there`, `put the program there, with mode 755`);
}

function rateLimit(unit: UnitProperties): Finding {
  const { ok, warning } = findings("journal rate limit");
  const burst = Number(unit.get("LogRateLimitBurst") ?? 0);
  return burst >= 1_000_000 ? ok(`${burst} records at once`) : warning(
    "journald drops lines of a service that writes many at once",
    "LogRateLimitIntervalSec=1s and LogRateLimitBurst=100000000 in the unit",
  );
}

/** Whether the unit's user may open the engine's socket. */
async function account(user: string, socketPath: string, host: Host): Promise<Finding> {
  const { ok, problem, unknown } = findings("socket permission");
  if (user === "root") return ok("services run as root");
  const groups = await runProgram({ argv: ["id", "--groups", "--name", user] }, host);
  if (groups.statusCode === undefined) return unknown("the groups of the unit's user can not be looked up");
  if (groups.statusCode !== 0) {
    const advice =
      `useradd --system --home-dir /srv --shell /usr/sbin/nologin --user-group --groups docker ${user}`;
    return problem(`the unit's user "${user}" does not exist`, advice);
  }
  const stat = await runProgram({ argv: ["stat", "--dereference", "--format=%U %G %a", socketPath] }, host);
  const [owner = "", group = "", mode = "0"] = stat.stdout.trim().split(" ");
  if (stat.statusCode !== 0) return unknown(`${socketPath} can not be looked at`);
  const bits = parseInt(mode, 8);
  const isMember = groups.stdout.trim().split(/\s+/).includes(group);
  const may = owner === user ? bits & 0o200 : isMember ? bits & 0o020 : bits & 0o002;
  return may ? ok(`"${user}" may use ${socketPath}`) : problem(
    `"${user}" may not use ${socketPath}, which belongs to ${owner}:${group}`,
    `usermod --append --groups ${group} ${user}`,
  );
}
