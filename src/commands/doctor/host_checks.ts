/** What of the machine itself makes logs get lost, or lie. */
import { type Finding, findings, type World } from "./finding.ts";

const LIMIT_BYTES = 1024 * 1024;

export async function hostChecks(world: World): Promise<Finding[]> {
  return await Promise.all([journalPersistence(world), clock(world)]);
}

/** journald.conf(5), `Storage=`: "auto", the default, keeps the journal if /var/log/journal is there. */
async function journalPersistence({ host, tools }: World): Promise<Finding> {
  const { ok, warning } = findings("journal");
  const config = await tools.runProgram(["systemd-analyze", "cat-config", "systemd/journald.conf"]);
  const text = config?.exitCode === 0 ? config.stdout : await readText("/etc/systemd/journald.conf", host);
  const storage = [...text.matchAll(/^Storage=(\w+)/gm)].at(-1)?.[1] ?? "auto";
  const isKept = storage === "persistent" || (storage === "auto" && await tools.exists("/var/log/journal"));
  if (isKept) return ok("it is kept on disk");
  if (storage === "none") {
    return warning('"Storage=none": all lines are thrown away', "set Storage=persistent in journald.conf");
  }
  return warning(
    "it is kept in memory only, and is gone after a reboot",
    "mkdir -p /var/log/journal && systemctl restart systemd-journald",
  );
}

async function readText(path: string, host: World["host"]): Promise<string> {
  const read = await host.readFile(path, LIMIT_BYTES);
  return read.kind === "content" ? new TextDecoder().decode(read.bytes) : "";
}

async function clock({ tools }: World): Promise<Finding> {
  const { ok, warning, unknown } = findings("clock");
  const result = await tools.runProgram(["timedatectl", "show", "--property=NTPSynchronized", "--value"]);
  const answer = result?.stdout.trim();
  if (answer === "yes") return ok("it is synchronized");
  return answer === "no"
    ? warning("it is not synchronized: time stamps may be wrong", "timedatectl set-ntp true")
    : unknown("nobody says whether it is synchronized");
}
