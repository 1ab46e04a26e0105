/**
 * `service_runner plan`: prints what the engine would be asked, and asks nothing.
 * In: a config file, or the argument list of a `docker create`. Out: one JSON object.
 */
import type { Printed } from "../cli.ts";
import { stringifyBody } from "../engine/create_body.ts";
import { ConfigError } from "../errors.ts";
import { EX_CONFIG, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { printableJson } from "../printable.ts";
import { loadService } from "../start/load_service.ts";
import { gatherInputs, isForSwarm, planService, planSwarm, warningText } from "../start/plan_service.ts";
import { translateCreate } from "../plan/body/translate_create.ts";
import type { CreateProblem } from "../plan/flags/flag_parser.ts";

/** Prints the plan of a service; problems of its config go to stderr. */
export async function planConfig(configPath: string, host: Host): Promise<Printed> {
  try {
    const loaded = await loadService(configPath, host);
    const { warnings, ...plan } = isForSwarm(loaded)
      ? await planSwarm(loaded, host)
      : await planService(loaded, host);
    const stderr = warnings.map((warning) => `warning: ${warningText(warning)}\n`).join("");
    return { stdout: show(plan), stderr };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { stderr: `${error.message}\n`, exitCode: EX_CONFIG };
  }
}

/** Prints the request that the Docker CLI would make of the list. */
export async function planArguments(args: readonly string[], host: Host): Promise<Printed> {
  const translation = translateCreate(args, await gatherInputs(args, host.cwd(), host));
  if (translation.kind === "help") {
    return { stderr: "The Docker CLI would print its help: nothing is sent\n" };
  }
  if (translation.kind === "refused") {
    return { stderr: translation.problems.map(describe).join(""), exitCode: EX_USAGE };
  }
  const { name, image, pull, platform, cidfile, query, body, warnings } = translation;
  const stderr = warnings.map((message) => `warning: ${message}\n`).join("");
  return { stdout: show({ name, image, pull, platform, cidfile, create: { query, body } }), stderr };
}

/** Keys that are not set are printed as null, so that all keys are always there. */
function show(plan: object): string {
  const entries = Object.entries(plan).map(([key, value]) => [key, value ?? null]);
  return `${printableJson(stringifyBody(Object.fromEntries(entries), 2))}\n`;
}

function describe({ index, message }: CreateProblem): string {
  return `service_runner plan: ${index === undefined ? "" : `argument ${index + 1}: `}${message}\n`;
}
