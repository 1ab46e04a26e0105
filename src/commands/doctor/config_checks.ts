/** Checks of one service: its config, its image, and whether its container name is free. */
import { EngineError } from "../../errors.ts";
import { loadServiceConfig } from "../../config/load_config.ts";
import { encodePath } from "../../engine/calls.ts";
import { SERVICE_LABEL } from "../../plan/container_plan.ts";
import type { Host } from "../../host/host.ts";
import { type EngineQueries, isRefusal } from "../engine_queries.ts";
import { checkFile } from "../validate/check_file.ts";
import { type Finding, findings } from "./finding.ts";

/** Without an engine only the config is checked. */
export async function configChecks(
  configPath: string,
  engine: EngineQueries | undefined,
  host: Host,
): Promise<Finding[]> {
  const { ok, warning, problem } = findings("config");
  const { errors, warnings } = await checkFile(configPath, host);
  const advice = `service_runner validate ${configPath}`;
  if (errors.length > 0) return [problem(`${configPath} has ${count(errors.length, "error")}`, advice)];
  const verdict = warnings.length === 0
    ? ok(configPath)
    : warning(`${configPath} has ${count(warnings.length, "warning")}`, advice);
  if (engine === undefined) return [verdict];
  const { config } = await loadServiceConfig(configPath, host);
  return [verdict, await image(config.image, config.pull, engine), await containerName(config.name, engine)];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

async function image(name: string, pull: string | undefined, engine: EngineQueries): Promise<Finding> {
  const { ok, warning, problem } = findings("image");
  const path = encodePath(name);
  const isHere = await engine.get("inspect the image", `/images/${path}/json`) !== undefined;
  if (pull === "never" || (pull === "missing" && isHere)) {
    return isHere
      ? ok(`${name} is there`)
      : problem(`${name} is not there, and "pull" is "never"`, `docker pull ${name}`);
  }
  try {
    if (await engine.get(`look up ${name} in its registry`, `/distribution/${path}/json`) !== undefined) {
      return ok(`its registry has ${name}`);
    }
    return (pull === "prefer" && isHere ? warning : problem)(
      `its registry has no ${name}`,
      "look at the name and the tag",
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const isDenied = error instanceof EngineError && (error.httpStatus === 401 || error.httpStatus === 403);
    // The engine is asked without credentials; with them the registry may answer differently.
    if (isDenied) {
      return warning(`without a login: ${error.message}`, "docker login, as the user of the unit");
    }
    const advice = "look at the network, or use pull: prefer";
    return (pull === "prefer" && isHere ? warning : problem)(error.message, advice);
  }
}

async function containerName(name: string, engine: EngineQueries): Promise<Finding> {
  const { ok, problem } = findings("container name");
  const container = await engine.get<{ Name: string; Config: { Labels?: Record<string, string> | null } }>(
    "inspect the container",
    `/containers/${encodePath(name)}/json`,
  );
  if (container === undefined || container.Name !== `/${name}`) return ok(`"${name}" is free`);
  return container.Config.Labels?.[SERVICE_LABEL] === name
    ? ok(`"${name}" is the service's own container`)
    : problem(
      `"${name}" is taken by a container that service_runner has not created`,
      `docker rm --force ${name}, or service_runner import --container ${name} first`,
    );
}
