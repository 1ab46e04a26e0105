/** The settings of the machine that decide whether logs are kept, and whether their times are right. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { type Advice, type Finding, findings, run } from "./finding.ts";

const LIMIT_BYTES = 1024 * 1024;

export async function hostChecks(host: Host): Promise<Finding[]> {
  return await Promise.all([journalPersistence(host), clock(host)]);
}

/** journald.conf(5), `Storage=`: "auto", the default, keeps the journal if /var/log/journal is there. */
async function journalPersistence(host: Host): Promise<Finding> {
  const { ok, warning } = findings("journal");
  const config = await runProgram({ argv: ["systemd-analyze", "cat-config", "systemd/journald.conf"] }, host);
  const text = config.statusCode === 0 ? config.stdout : await readText("/etc/systemd/journald.conf", host);
  const storage = [...text.matchAll(/^Storage=(\w+)/gm)].at(-1)?.[1] ?? "auto";
  const isThere = (await host.readFile("/var/log/journal", 0)).kind !== "missing";
  const isKept = storage === "persistent" || (storage === "auto" && isThere);
  if (isKept) return ok("it is kept on disk");
  if (storage === "none") {
    return warning('"Storage=none": all lines are thrown away', "set Storage=persistent in journald.conf");
  }
  return warning(
    "it is kept in memory only, and is gone after a reboot",
    run("mkdir -p /var/log/journal", "systemctl restart systemd-journald"),
  );
}

async function readText(path: string, host: Host): Promise<string> {
  const read = await host.readFile(path, LIMIT_BYTES);
  return read.kind === "content" ? new TextDecoder().decode(read.bytes) : "";
}

async function clock(host: Host): Promise<Finding> {
  const { ok, warning, unknown } = findings("clock");
  const argv = ["timedatectl", "show", "--property=NTPSynchronized", "--value"] as const;
  const answer = (await runProgram({ argv }, host)).stdout.trim();
  if (answer === "yes") return ok("it is synchronized");
  return answer === "no"
    ? warning("it is not synchronized: time stamps may be wrong", await clockAdvice(host))
    : unknown("nobody says whether it is synchronized");
}

/** Without a client for NTP, timedatectl(1) can switch none on. */
async function clockAdvice(host: Host): Promise<Advice> {
  const argv = ["timedatectl", "show", "--property=CanNTP", "--value"] as const;
  if ((await runProgram({ argv }, host)).stdout.trim() !== "no") return run("timedatectl set-ntp true");
  return "install a client for NTP, such as systemd-timesyncd or chrony";
}
