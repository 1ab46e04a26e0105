/** Whether the account of the unit may use the engine's socket. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { shellLine } from "../shell_words.ts";
import type { UnitProperties } from "../systemctl.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";

const DOCKER_GROUP = "docker";
const DROP_IN = "/etc/systemd/system/docker.socket.d/group.conf";
const DROP_IN_TEXT = "[Socket]\\nSocketGroup=docker\\nSocketMode=0660\\n";

interface Socket {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  readonly mode: number;
}

export async function socketCheck(unit: UnitProperties, path: string, host: Host): Promise<Finding> {
  const { ok, problem, unknown } = findings("socket permission");
  const user = unit.get("User") || "root";
  if (user === "root") return ok("services run as root");
  const listed = await runProgram({ argv: ["id", "--groups", "--name", user] }, host);
  if (listed.statusCode === undefined) return unknown("the groups of the unit's user can not be looked up");
  if (listed.statusCode !== 0) {
    return problem(`the unit's user "${user}" does not exist`, run("service_runner install"));
  }
  const stat = await runProgram({ argv: ["stat", "--dereference", "--format=%U %G %a", path] }, host);
  if (stat.statusCode !== 0) return unknown(`${path} can not be looked at`);
  const [owner = "", group = "", mode = "0"] = stat.stdout.trim().split(" ");
  const groups = `${listed.stdout} ${unit.get("SupplementaryGroups") ?? ""}`.trim().split(/\s+/);
  const socket = { path, owner, group, mode: parseInt(mode, 8) };
  if (isAllowed(socket, user, groups)) return ok(`"${user}" may use ${path}`);
  const message = `"${user}" may not use ${path}, which belongs to ${owner}:${group} with mode ${mode}`;
  return problem(message, await advise(socket, { user, groups, host }));
}

function isAllowed({ owner, group, mode }: Socket, user: string, groups: readonly string[]): boolean {
  return (mode & (owner === user ? 0o200 : groups.includes(group) ? 0o020 : 0o002)) !== 0;
}

/** A socket of root alone is not opened by any membership: it gets a group, now and when it is made anew. */
async function advise(
  { path, group, mode }: Socket,
  { user, groups, host }: { readonly user: string; readonly groups: readonly string[]; readonly host: Host },
): Promise<Advice> {
  const open = (mode & 0o020) !== 0 ? [] : [shellLine(["chmod", "g+rw", path])];
  if (group !== "root") {
    const join = groups.includes(group) ? [] : [shellLine(["usermod", "--append", "--groups", group, user])];
    return { commands: [...join, ...open] };
  }
  const [known, shown] = await Promise.all([
    runProgram({ argv: ["getent", "group", DOCKER_GROUP] }, host),
    runProgram({ argv: ["systemctl", "show", "--property=SocketGroup", "--value", "docker.socket"] }, host),
  ]);
  const lasting = shown.stdout.trim() === DOCKER_GROUP
    ? []
    : [`printf '${DROP_IN_TEXT}' | install -D -m 644 /dev/stdin ${DROP_IN}`, "systemctl daemon-reload"];
  return {
    commands: [
      ...known.statusCode === 0 ? [] : [`groupadd --system ${DOCKER_GROUP}`],
      ...groups.includes(DOCKER_GROUP)
        ? []
        : [shellLine(["usermod", "--append", "--groups", DOCKER_GROUP, user])],
      shellLine(["chgrp", DOCKER_GROUP, path]),
      ...open,
      ...lasting,
    ],
  };
}
