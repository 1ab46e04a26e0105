/** `service_runner doctor`: what is wrong with a service, or with the machine, and what to do. Changes nothing. */
import { findRunnerConfig, runnerConfigProblems } from "../config/runner_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { printableJson } from "../printable.ts";
import { engineSocket } from "../start/greet_engine.ts";
import { type CommandContext, paintFor } from "./command_context.ts";
import { configChecks } from "./doctor/config_checks.ts";
import { engineChecks, refusalFinding } from "./doctor/engine_checks.ts";
import { findService, type Named, type ServiceUnit, wantedServices } from "./doctor/find_service.ts";
import { type Finding, findings } from "./doctor/finding.ts";
import { hostChecks } from "./doctor/host_checks.ts";
import { influxdbCheck } from "./doctor/influxdb_check.ts";
import { report } from "./doctor/report.ts";
import { lookAtService, serviceChecks } from "./doctor/service_checks.ts";
import { unitChecks } from "./doctor/unit_checks.ts";
import { connectQueries, type EngineQueries } from "./engine_queries.ts";

/** One of the findings is a problem: a service would not start or not stay. */
const EX_PROBLEM = 1;

export interface DoctorOptions {
  /** A config, a unit or its instance; undefined for the machine and all services that are meant to run. */
  readonly word: string | undefined;
  readonly json: boolean;
}

/** What the findings about a service need beside it. */
interface Surroundings {
  readonly engine: EngineQueries | undefined;
  readonly host: Host;
}

/** Prints all findings, as text or JSON. */
export async function doctor({ word, json }: DoctorOptions, context: CommandContext) {
  const found = await examine(word, context.host);
  const exitCode = found.some(({ verdict }) => verdict === "problem") ? EX_PROBLEM : EX_OK;
  if (json) {
    return { stdout: `${printableJson(JSON.stringify({ findings: found }, null, 2))}\n`, exitCode };
  }
  const { terminal } = context;
  const columns = terminal.isTerminal("stdout") ? terminal.columns() : Infinity;
  const paint = paintFor("stdout", context);
  return { stdout: report(found, { paint, columns, isOfOne: word !== undefined }), exitCode };
}

async function examine(word: string | undefined, host: Host): Promise<Finding[]> {
  let socketPath: string;
  try {
    socketPath = engineSocket(host);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [findings("engine").problem(error.message, "take it out of the environment")];
  }
  const named = word === undefined ? undefined : await findService(word, host);
  const unit = named?.kind === "service" ? named.service.unit : undefined;
  const connected = await connectQueries(socketPath).catch((error) => refusalFinding(error, host));
  using engine = "get" in connected ? connected : undefined;
  const ofMachine = await Promise.all([
    "verdict" in connected
      ? [connected]
      : engineChecks(connected, socketPath, host).catch(async (error) => [await refusalFinding(error, host)]),
    unitChecks(unit, socketPath, host),
    hostChecks(host),
    machineWide(host),
  ]);
  const isAtFault = ofMachine.flat().some(({ verdict }) => verdict === "problem");
  const ofServices = await servicesNamed(named, isAtFault, { engine, host });
  return [...ofServices, ...ofMachine.flat()];
}

/** `isAtFault`: the machine itself has a problem, which may be why a service fails. */
async function servicesNamed(
  named: Named | undefined,
  isAtFault: boolean,
  surroundings: Surroundings,
): Promise<Finding[]> {
  switch (named?.kind) {
    case "no_systemd":
      return [findings("service").unknown(`systemd can not be asked for it: ${named.reason}`)];
    case "config":
      return (await configChecks(named.configPath, { ...surroundings, running: undefined }))
        .map((finding) => ({ ...finding, service: named.configPath }));
    case "service":
      return await examineService(named.service, isAtFault, surroundings);
    case undefined: {
      const services = await wantedServices(surroundings.host);
      const examining = services.map((service) => examineService(service, isAtFault, surroundings));
      return (await Promise.all(examining)).flat();
    }
  }
}

async function examineService(
  service: ServiceUnit,
  isAtFault: boolean,
  { engine, host }: Surroundings,
): Promise<Finding[]> {
  const state = await lookAtService(service, host);
  const { configPath } = service;
  const running = { service, state };
  const ofConfig = configPath === undefined ? [] : await configChecks(configPath, { engine, host, running })
    .catch(async (error) => [await refusalFinding(error, host)]);
  const isExplained = isAtFault || ofConfig.some(({ verdict }) => verdict === "problem");
  return [...serviceChecks(service, state, { isExplained }), ...ofConfig]
    .map((finding) => ({ ...finding, service: service.name }));
}

async function machineWide(host: Host): Promise<Finding[]> {
  try {
    const found = await findRunnerConfig(host);
    const { influxdb } = found ?? {};
    const targets = found?.alerts?.to ?? [];
    const checks = targets.length === 0 ? undefined : await import("./doctor/alerts_check.ts");
    const unusable = found?.alerts?.unusable ?? [];
    const broken = found && unusable.length > 0 ? [await runnerConfigProblems(found, unusable)] : [];
    return await Promise.all([
      ...broken.map(({ message }) => findings("alerts").problem(message)),
      ...influxdb === undefined ? [] : [influxdbCheck(influxdb)],
      ...targets.flatMap((target) => checks?.alertsCheck(target, host) ?? []),
    ]);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [findings("machine-wide config").problem(error.message)];
  }
}
