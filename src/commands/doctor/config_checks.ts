/** Checks of one service: its config, its image, and whether its container name is free. */
import { EngineError } from "../../errors.ts";
import { loadServiceConfig } from "../../config/load_config.ts";
import { encodePath } from "../../engine/calls.ts";
import { isOfService } from "../../plan/labels.ts";
import type { Host } from "../../host/host.ts";
import { folderOf, resolvePath } from "../../host/paths.ts";
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
  const { config } = await loadServiceConfig(configPath, host);
  const found = [verdict, ...await sharedNames(configPath, config.name, host)];
  if (engine === undefined) return found;
  return [...found, await image(config.image, config.pull, engine), await containerName(config.name, engine)];
}

/** Of the configs beside it, those with the same name: only one of them can run. */
async function sharedNames(configPath: string, name: string, host: Host): Promise<Finding[]> {
  const { warning } = findings("container name");
  const path = resolvePath(configPath, host.cwd());
  const entries = await host.listFolder(folderOf(path)).catch(() => []);
  const others = entries.map((entry) => `${folderOf(path)}/${entry.name}`)
    .filter((other) => /\.ya?ml$/.test(other) && other !== path);
  const names = await Promise.all(
    others.map((other) => loadServiceConfig(other, host).then(({ config }) => config.name, () => undefined)),
  );
  return others.filter((_, index) => names[index] === name).map((other) =>
    warning(
      `"${name}" is also that of ${other}: only one of the two can run`,
      "give one of them another name",
    )
  );
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

interface Labelled {
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

async function containerName(name: string, engine: EngineQueries): Promise<Finding> {
  const { ok, problem } = findings("container name");
  const container = await engine.get<Labelled & { readonly Name: string; readonly Image: string }>(
    "inspect the container",
    `/containers/${encodePath(name)}/json`,
  );
  if (container === undefined || container.Name !== `/${name}`) return ok(`"${name}" is free`);
  const image = await engine.get<Labelled>("inspect the image", `/images/${container.Image}/json`);
  return isOfService(name, container.Config?.Labels, image?.Config?.Labels)
    ? ok(`"${name}" is the service's own container`)
    : problem(
      `"${name}" is taken by a container that service_runner has not created`,
      `docker rm --force ${name}, or service_runner import --container ${name} first`,
    );
}
