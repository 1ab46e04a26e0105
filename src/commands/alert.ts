/** `service_runner alert`: a test message by each channel, and the word that service_runner itself has been killed. */
import { send } from "../alerts/send.ts";
import { requestOf, secretsOf, verdictOf } from "../alerts/kinds/kinds.ts";
import type { Answer } from "../alerts/outgoing.ts";
import { shown, withoutPrivate } from "../alerts/private_text.ts";
import { testMessage } from "../alerts/sentences.ts";
import type { Printed } from "../cli.ts";
import type { AlertTarget } from "../config/alert_targets.ts";
import { findRunnerConfig, runnerConfigPaths, runnerConfigProblems } from "../config/runner_config.ts";
import { ConfigError, type Problem } from "../errors.ts";
import { EX_CONFIG, EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { NEVER } from "../host/pause.ts";
import { UsageError } from "./usage_error.ts";

const EX_UNDELIVERED = 1;

/** Sends one message by each channel of these kinds, of all if none is named. @throws UsageError */
export async function alertTest(kinds: readonly string[], host: Host): Promise<Printed> {
  const found = await configuredTargets(host);
  if (!("targets" in found)) return found;
  const { config, unusable } = found;
  const there = [...new Set([...found.targets.map(({ kind }) => kind), ...unusable.flatMap(kindOf)])];
  const unknown = kinds.find((kind) => !there.includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(
      `the machine-wide config has no channel of the kind "${unknown}", but ${there.join(", ")}`,
    );
  }
  const isMeant = (kind: string) => kinds.length === 0 || kinds.includes(kind);
  const targets = found.targets.filter(({ kind }) => isMeant(kind));
  const results = await Promise.all(targets.map((target) => tryOut(target, host)));
  const stdout = results.map(({ line }) => `${line}\n`).join("");
  const problems = unusable.filter((problem) => kindOf(problem).every(isMeant));
  if (problems.length > 0) {
    const { message } = await runnerConfigProblems(config, problems);
    return { stdout, stderr: `service_runner alert: ${message}\n`, exitCode: EX_CONFIG };
  }
  return { stdout, exitCode: results.every(({ isDelivered }) => isDelivered) ? EX_OK : EX_UNDELIVERED };
}

/** Of a place such as `alerts.to[0].slack`; none of one of the heartbeat. */
function kindOf({ path: [, key, , kind] }: Problem): string[] {
  return key === "to" ? [String(kind)] : [];
}

/** `unusable`: of channels whose secrets can not be read. */
async function configuredTargets(host: Host) {
  const fail = (message: string) => ({ stderr: `service_runner alert: ${message}\n`, exitCode: EX_CONFIG });
  try {
    const config = await findRunnerConfig(host);
    const { to: targets, unusable } = config?.alerts ?? { to: [], unusable: [] };
    if (config !== undefined && targets.length + unusable.length > 0) return { config, targets, unusable };
    const where = config?.file ?? `there is no machine-wide config such as ${runnerConfigPaths(host)[0]}: it`;
    return fail(`${where} has no "alerts.to"`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(error.message);
  }
}

async function tryOut(target: AlertTarget, host: Host) {
  const name = host.hostname();
  const message = testMessage({ service: "service_runner", instance: "", host: name }, Date.now());
  const answer = await send(requestOf(message, target), host, NEVER);
  const verdict = verdictOf(answer, target, Date.now());
  const isDelivered = verdict.kind === "delivered";
  const redact = withoutPrivate({ secrets: secretsOf(target), environment: [] });
  const { remark } = verdict.kind === "delivered" ? verdict : {};
  const said = shown(isDelivered ? remark ?? answerText(answer) : verdict.reason, redact);
  const how = remark !== undefined
    ? "delivered, but not to all"
    : isDelivered
    ? "delivered, it says"
    : "not delivered";
  return { line: `${target.name}: ${how}: ${said}`, isDelivered };
}

function answerText(answer: Answer): string {
  switch (answer.kind) {
    case "http":
      return `HTTP status ${answer.httpStatus}${answer.text === "" ? "" : ` ${answer.text}`}`;
    case "mail":
      return answer.text;
    case "program":
      return `exit code ${answer.exitCode}${answer.text === "" ? "" : ` ${answer.text}`}`;
    case "none":
      return answer.reason;
  }
}
