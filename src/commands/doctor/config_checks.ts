/** Checks of one service by its config: the file, its image, whether its name and what else it needs are free. */
import { type LoadedConfig, loadServiceConfig } from "../../config/load_config.ts";
import { encodePath } from "../../engine/calls.ts";
import type { Host } from "../../host/host.ts";
import { folderOf, resolvePath } from "../../host/paths.ts";
import { isOfService } from "../../plan/labels.ts";
import { planService } from "../../start/plan_service.ts";
import type { EngineQueries } from "../engine_queries.ts";
import { shellLine } from "../shell_words.ts";
import { type CheckedFile, checkFile } from "../validate/check_file.ts";
import { accessChecks } from "./access_checks.ts";
import { accountOf } from "./as_account.ts";
import type { ServiceUnit } from "./find_service.ts";
import { type Finding, findings, run } from "./finding.ts";
import { hostNeedsChecks } from "./host_needs_checks.ts";
import { imageChecks } from "./image_checks.ts";
import type { ServiceState } from "./service_checks.ts";

export interface ConfigOptions {
  readonly host: Host;
  /** Without one only the files are looked at. */
  readonly engine: EngineQueries | undefined;
  /** The unit that runs this config, and how it is; undefined where there is none. */
  readonly running: { readonly service: ServiceUnit; readonly state: ServiceState } | undefined;
}

export async function configChecks(configPath: string, options: ConfigOptions): Promise<Finding[]> {
  const { host, engine, running } = options;
  const account = running && await accountOf(running.service, host);
  const accountHost = account?.host ?? host;
  const checked = await checkFile(configPath, accountHost);
  const loaded = checked.errors.length > 0 ? undefined : await loadServiceConfig(configPath, accountHost);
  const found = [
    account?.mayTry === false && isHidden(checked)
      ? findings("config").unknown(`${configPath} may not be read`, "run this as root")
      : await fileFinding(checked, loaded, options),
    ...account === undefined ? [] : await accessChecks(configPath, loaded, account),
  ];
  if (loaded === undefined) return found;
  const { config } = loaded;
  found.push(...await sharedNames(configPath, config.name, host));
  if (engine === undefined) return found;
  if (config.swarm !== undefined) {
    const { swarmChecks } = await import("./swarm_checks.ts");
    return [...found, ...await swarmChecks(config.name, engine)];
  }
  const unit = running?.service.unit;
  found.push(...await imageChecks(config, { configPath, engine, account, unit, host }));
  found.push(await containerName(config.name, engine));
  if (running?.state.isActive) return found;
  return [...found, ...await hostNeedsChecks(await planService(loaded, accountHost), engine, host)];
}

/** Whether the file is there, and whoever asks may not read it. */
function isHidden({ text, errors }: CheckedFile): boolean {
  return text === undefined && errors.some(({ message }) => /permission denied/i.test(message));
}

async function fileFinding(
  { file, errors, warnings, text }: CheckedFile,
  loaded: LoadedConfig | undefined,
  { running }: ConfigOptions,
): Promise<Finding> {
  const { ok, warning, problem } = findings("config");
  const validate = shellLine(["service_runner", "validate", file]);
  const unit = running?.service.unit;
  const isActive = running?.state.isActive ?? false;
  if (text === undefined && errors.length > 0) {
    const words = "write it, or name another; these services are there:";
    return problem(errors[0]?.message ?? "", { words, commands: ["service_runner status"] });
  }
  if (errors.length > 0) {
    const more = errors.length === 1 ? "" : `, and ${count(errors.length - 1, "more error")}`;
    const runs = isActive ? "; the service runs with the config of before, but would not start again" : "";
    return problem(`${file}${await firstError(errors, text)}${more}${runs}`, {
      words: "correct it until this finds nothing wrong:",
      commands: [validate, ...isActive ? [`systemctl reload ${unit}`] : []],
    });
  }
  const sha256 = running?.state.row.config_sha256 ?? loaded?.sha256;
  if (unit !== undefined && loaded !== undefined && sha256 !== loaded.sha256) {
    const [, refusal] = /reload refused: (.*)$/.exec(running?.state.row.status ?? "") ?? [];
    if (refusal !== undefined) {
      return problem(`${file} has changed, and is not taken up: ${refusal}`, {
        words: "mend that, then (a restart ends the container that runs):",
        commands: [`systemctl restart ${unit}`],
      });
    }
    return warning(`${file} has changed since the service has read it`, run(`systemctl reload ${unit}`));
  }
  return warnings.length === 0
    ? ok(file)
    : warning(`${file} has ${count(warnings.length, "warning")}`, run(validate));
}

/** e.g. `:2:1: "imge" is not known here` */
async function firstError(errors: CheckedFile["errors"], text = ""): Promise<string> {
  const { placeProblems } = await import("../../config/problems/diagnostics.ts");
  const [first] = placeProblems(text, errors);
  return first === undefined ? "" : `:${first.line}:${first.column}: ${first.sentence}`;
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
  if (isOfService(name, container.Config?.Labels, image?.Config?.Labels)) {
    return ok(`"${name}" is the service's own container`);
  }
  return problem(`"${name}" is taken by a container that service_runner has not created`, {
    words: "put it out of the way, nothing of it is lost:",
    commands: [`docker stop ${name}`, `docker rename ${name} ${name}-before`],
  });
}
