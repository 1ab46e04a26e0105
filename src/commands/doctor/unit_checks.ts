/** Checks of the unit file and of the account that it runs services as. In: `systemctl show`. Out: findings. */
import type { Host } from "../../host/host.ts";
import { showUnits, type UnitProperties } from "../systemctl.ts";
import { type Finding, findings, run } from "./finding.ts";
import { socketCheck } from "./socket_check.ts";

/** A template has no properties of its own; those of any instance are the template's. */
const INSTANCE = "service_runner@doctor.service";
const PROPERTIES =
  "LoadState,FragmentPath,NeedDaemonReload,Type,NotifyAccess,User,SupplementaryGroups,ExecStart," +
  "RuntimeDirectory,StateDirectory,RestartPreventExitStatus,LogRateLimitBurst,ExecStopPost";

const INSTALL = "service_runner install";

/** What the shipped unit has, and why a service needs it. */
const WANTED: readonly [property: string, value: RegExp, why: string][] = [
  ["Type", /^notify/, 'Type=notify: "active" is to mean that the container is ready'],
  ["RuntimeDirectory", /./, "RuntimeDirectory=service_runner/%i: for ready.when: notify, adopt, and status"],
  ["StateDirectory", /./, "StateDirectory=service_runner/%i: for alerts and updates that outlive a restart"],
  [
    "RestartPreventExitStatus",
    /\b64\b.*\b78\b|\b78\b.*\b64\b/,
    "RestartPreventExitStatus=64 78: a bad config stays bad",
  ],
  [
    "ExecStopPost",
    /alert --ended/,
    "ExecStopPost= with alert --ended: who else tells that service_runner was killed",
  ],
];

/** `name`: of the unit, with its drop-ins; undefined for the template. */
export async function unitChecks(
  name: string | undefined,
  socketPath: string,
  host: Host,
): Promise<Finding[]> {
  const { problem, unknown } = findings("unit file");
  const shown = await showUnits([name ?? INSTANCE], PROPERTIES, host);
  const [unit] = shown.kind === "units" ? shown.units : [];
  if (unit === undefined) return [unknown("systemd does not answer: is this machine run by it?")];
  if (unit.get("LoadState") !== "loaded") {
    const advice = run(INSTALL);
    return [problem(`there is no unit ${name ?? "service_runner@.service"}`, advice)];
  }
  return [
    unitFile(unit),
    await program(unit, host),
    rateLimit(unit),
    await socketCheck(unit, socketPath, host),
  ];
}

function unitFile(unit: UnitProperties): Finding {
  const { ok, warning } = findings("unit file");
  const path = unit.get("FragmentPath") ?? "";
  if (unit.get("NeedDaemonReload") === "yes") {
    return warning(`${path} has changed since systemd read it`, run("systemctl daemon-reload"));
  }
  const lacking = WANTED.filter(([property, value]) => !value.test(unit.get(property) ?? ""));
  if (lacking.length === 0) return ok(path);
  const reasons = lacking.map(([, , why]) => why).join("; ");
  return warning(`${path} is not as it is shipped, it lacks ${reasons}`, {
    words: "changes of your own belong into a drop-in; this puts the unit back:",
    commands: [`${INSTALL} --force`],
  });
}

async function program(unit: UnitProperties, host: Host): Promise<Finding> {
  const { ok, problem } = findings("program");
  const path = /path=(\S+)/.exec(unit.get("ExecStart") ?? "")?.[1] ?? "";
  return (await host.readFile(path, 0)).kind !== "missing" ? ok(path) : problem(
    `the unit starts "${path}", which is not there`,
    path === "/usr/local/bin/service_runner"
      ? { words: "from the folder with the downloaded file:", commands: ["./service_runner install"] }
      : `put the program there, with mode 755`,
  );
}

function rateLimit(unit: UnitProperties): Finding {
  const { ok, warning } = findings("journal rate limit");
  const burst = Number(unit.get("LogRateLimitBurst") ?? 0);
  return burst >= 1_000_000 ? ok(`${burst} records at once`) : warning(
    "journald drops lines of a service that writes many at once",
    "write LogRateLimitIntervalSec=1s and LogRateLimitBurst=100000000 into the unit's [Service]",
  );
}
