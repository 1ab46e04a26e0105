/** Something that goes wrong with a service, and the way out that an administrator has: `systemctl status`, `doctor`. */
import { deepEqual, ok } from "node:assert/strict";
import { poll } from "../../support/event_log.ts";
import type { ServiceUnit } from "./service_unit.ts";

const PROGRAM = "/usr/local/bin/service_runner";
const PATIENCE_MS = 120_000;

interface Finding {
  readonly verdict: string;
  readonly about: string;
  readonly message: string;
  readonly commands?: readonly string[];
  readonly service?: string;
}

export interface Incident {
  /** What `systemctl status` says of it. */
  readonly status: RegExp;
  /** A line of what `doctor` prints. */
  readonly doctor: RegExp;
  /** What the advice leaves to a person, done before its commands. */
  readonly byHand?: () => Promise<unknown>;
  /** What a person types when a command of the advice asks. */
  readonly typed?: (command: string) => string;
}

/** Waits for the incident, does what `doctor` says, word for word, and sees the service well again. */
export async function getOver(service: ServiceUnit, incident: Incident): Promise<void> {
  await seeStatus(service, incident.status);
  const findings = await seeDoctor(service, incident.doctor);
  const commands = adviceOf(findings, service.name);
  ok(commands.length > 0, JSON.stringify(findings));
  await incident.byHand?.();
  for (const command of commands) await service.host.shell(`${command}${incident.typed?.(command) ?? ""}`);
  await seeWell(service);
}

/** For what systemd mends by restarting the unit: `doctor` still knows what has happened. */
export async function seeHealed(service: ServiceUnit, incident: Incident): Promise<void> {
  await seeStatus(service, incident.status);
  await service.until(
    "active again",
    ({ ActiveState, NRestarts }) => ActiveState === "active" && Number(NRestarts) > 0,
    PATIENCE_MS,
  );
  const findings = await seeDoctor(service, incident.doctor);
  for (const { commands = [], about } of findings) {
    if (about === "service") { for (const command of commands) await service.host.shell(command); }
  }
  await seeWell(service);
}

/** As it is printed with nothing but the unit's name. */
async function seeStatus({ host, unit }: ServiceUnit, expected: RegExp): Promise<void> {
  let last = "";
  try {
    await poll(PATIENCE_MS, `${unit} to say ${expected}`, async () => {
      last = (await host.attempt("systemctl", "status", "--no-pager", "--full", unit)).stdout;
      return expected.test(last) || undefined;
    });
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; it says:\n${last}`, { cause });
  }
}

/** What `doctor` says may come a second later than what systemd is told: as often, the status file is written. */
async function seeDoctor(service: ServiceUnit, expected: RegExp): Promise<Finding[]> {
  let text = "";
  try {
    return await poll(PATIENCE_MS, "doctor to know", async () => {
      text = (await service.host.attempt(PROGRAM, "doctor", service.name)).stdout;
      if (!expected.test(text)) return undefined;
      const findings = await ask(service);
      // A service that systemd starts again and again may be in another state by now, which has other advice.
      const lines = text.split("\n");
      const isSame = adviceOf(findings, service.name).every((command) =>
        lines.some((line) => line.endsWith(`→ ${command}`))
      );
      return isSame ? findings : undefined;
    });
  } catch (cause) {
    throw new Error(`doctor does not say ${expected}, with the commands of its JSON:\n${text}`, { cause });
  }
}

async function ask({ host, name }: ServiceUnit): Promise<Finding[]> {
  const { stdout } = await host.attempt(PROGRAM, "doctor", "--json", name);
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}

/** The commands for what is a problem; the service's own come last, since its words say so. */
function adviceOf(findings: readonly Finding[], service: string): string[] {
  const problems = findings.filter(({ verdict, service: whose = service }) =>
    verdict === "problem" && whose === service
  );
  const causes = problems.filter(({ about }) => about !== "service");
  const own = problems.filter(({ about }) => about === "service");
  return [...causes, ...own].flatMap(({ commands = [] }) => commands);
}

async function seeWell(service: ServiceUnit): Promise<void> {
  await service.until("active", ({ ActiveState }) => ActiveState === "active", PATIENCE_MS);
  ok((await service.container())?.running);
  await poll(PATIENCE_MS, `doctor to find ${service.unit} well`, async () => {
    const findings = await ask(service);
    return findings.every(({ verdict }) => verdict !== "problem") || undefined;
  });
  const { code, stdout } = await service.host.attempt(PROGRAM, "doctor", service.name);
  deepEqual({ code, sum: /^No problems/m.test(stdout) }, { code: 0, sum: true }, stdout);
}
