/** `service_runner doctor`: checks whether services can run on this machine, and says what to do. Changes nothing. */
import { findRunnerConfig } from "../config/runner_config.ts";
import { ConfigError } from "../errors.ts";
import { EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { printable, printableJson } from "../printable.ts";
import { engineSocket } from "../start/plan_service.ts";
import { configChecks } from "./doctor/config_checks.ts";
import { engineChecks, unreachableFinding } from "./doctor/engine_checks.ts";
import { type Finding, type FindingKind, findings } from "./doctor/finding.ts";
import { hostChecks } from "./doctor/host_checks.ts";
import { influxdbCheck } from "./doctor/influxdb_check.ts";
import { unitChecks } from "./doctor/unit_checks.ts";
import { connectQueries } from "./engine_queries.ts";
import { type Color, type CommandContext, type Paint, paintFor } from "./command_context.ts";

/** One of the findings is a problem: a service would not start or not stay. */
const EX_PROBLEM = 1;

export interface DoctorOptions {
  /** The config of a service that is to be checked too. */
  readonly configPath: string | undefined;
  readonly json: boolean;
}

/** Prints all findings, as text or JSON. */
export async function doctor({ configPath, json }: DoctorOptions, context: CommandContext) {
  const found = await examine(configPath, context.host);
  const exitCode = found.some(({ verdict }) => verdict === "problem") ? EX_PROBLEM : EX_OK;
  const paint = paintFor("stdout", context);
  const stdout = json
    ? `${printableJson(JSON.stringify({ findings: found }, null, 2))}\n`
    : report(found, paint);
  return { stdout, exitCode };
}

async function examine(configPath: string | undefined, host: Host): Promise<Finding[]> {
  let socketPath: string;
  try {
    socketPath = engineSocket(host);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [findings("engine").problem(error.message)];
  }
  const connected = await connectQueries(socketPath).catch(unreachableFinding);
  using engine = "get" in connected ? connected : undefined;
  const [ofEngine, ofUnit, ofHost, ofInfluxdb, ofConfig] = await Promise.all([
    "verdict" in connected ? [connected] : engineChecks(connected, socketPath, host),
    unitChecks(socketPath, host),
    hostChecks(host),
    influxdb(host),
    configPath === undefined ? [] : configChecks(configPath, engine, host),
  ]);
  return [...ofConfig, ...ofEngine, ...ofUnit, ...ofHost, ...ofInfluxdb];
}

async function influxdb(host: Host): Promise<Finding[]> {
  try {
    const found = (await findRunnerConfig(host))?.influxdb;
    return found === undefined ? [] : [await influxdbCheck(found)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [findings("machine-wide config").problem(error.message)];
  }
}

const COLORS: Readonly<Record<FindingKind, Color>> = {
  ok: "green",
  warning: "yellow",
  problem: "red",
  unknown: "dim",
};

/** A line for each finding, and another for what to do about it. */
function report(found: readonly Finding[], paint: Paint): string {
  const lines = (text: string) => text.split("\n").map(printable).join("\n");
  const width = Math.max(...found.map(({ about }) => about.length));
  const rows = found.flatMap(({ verdict, about, message, advice }) => [
    `${paint(COLORS[verdict], verdict.padEnd(7))}  ${about.padEnd(width)}  ${lines(message)}`,
    ...advice === undefined ? [] : [`${" ".repeat(9 + width + 2)}→ ${lines(advice)}`],
  ]);
  const count = (verdict: FindingKind) => found.filter((finding) => finding.verdict === verdict).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const sum = `${problems === 0 ? "Nothing here stops a service" : `${problems} would stop a service`}, ` +
    `${warnings} ${warnings === 1 ? "thing is" : "things are"} worth a look`;
  return [...rows, "", sum, ""].join("\n");
}
