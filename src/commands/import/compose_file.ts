/**
 * Reads a Compose file, and fills in variables as Compose does.
 * Source: the Compose specification, "Interpolation" and "Merge"; files that `include` or `extends` names are not read.
 */
import { CORE_SCHEMA, mergeTag } from "js-yaml";

export type Mapping = Readonly<Record<string, unknown>>;

export interface ComposeFile {
  /** The project's name, with which the names of its networks and volumes begin. */
  readonly project: string;
  readonly services: Readonly<Record<string, Mapping>>;
  readonly volumes: Mapping;
  readonly networks: Mapping;
  readonly secrets: Mapping;
  readonly configs: Mapping;
}

export interface ComposeInputs {
  /** The absolute folder of the file, against which its paths resolve. */
  readonly folder: string;
  readonly env: (name: string) => string | undefined;
}

/** The message is ready to be shown. */
export class ComposeError extends Error {
  override name = "ComposeError";
}

/** Unlike in a config, `1.50` is a number and `true` a boolean, as Compose reads them. */
export const COMPOSE_YAML = { schema: CORE_SCHEMA.withTags(mergeTag) };

/** `content`: the file's YAML. @throws ComposeError */
export function parseCompose(content: unknown, { folder, env }: ComposeInputs): ComposeFile {
  const file = mapping(interpolated(content, env));
  const services = Object.entries(mapping(file.services)).map(([name, value]) => [name, mapping(value)]);
  if (services.length === 0) throw new ComposeError('it has no "services"');
  return {
    project: typeof file.name === "string" ? file.name : projectName(env("COMPOSE_PROJECT_NAME") ?? folder),
    services: Object.fromEntries(services),
    volumes: mapping(file.volumes),
    networks: mapping(file.networks),
    secrets: mapping(file.secrets),
    configs: mapping(file.configs),
  };
}

/** The value if it is a mapping, else an empty one. */
export function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Mapping : {};
}

function projectName(folder: string): string {
  const last = folder.slice(folder.lastIndexOf("/") + 1);
  return last.toLowerCase().replace(/[^a-z0-9_-]/g, "").replace(/^[^a-z0-9]+/, "");
}

function interpolated(value: unknown, env: ComposeInputs["env"]): unknown {
  if (typeof value === "string") return interpolateText(value, env);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, env)]));
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+other}`; `$$` is a dollar sign. */
export function interpolateText(text: string, env: ComposeInputs["env"]): string {
  return text.replace(
    /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\$\{[^{}]*\})*))?\})/g,
    (whole, plain?: string, braced?: string, operator = "", word = "") => {
      if (whole === "$$") return "$";
      const name = plain ?? braced ?? "";
      const value = env(name);
      const isSet = operator.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
      if (operator.endsWith("+")) return isSet ? interpolateText(word, env) : "";
      if (isSet) return value ?? "";
      if (operator.endsWith("-")) return interpolateText(word, env);
      if (operator.endsWith("?")) throw new ComposeError(`the variable ${name} is not set: ${word}`);
      return "";
    },
  );
}

/** `NAME=value` lines of a `.env` file. */
export function parseDotEnv(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*(?:\s#.*)?$/.exec(
      line,
    );
    if (match !== null) variables.set(match[1]!, match[2] ?? match[3] ?? match[4] ?? "");
  }
  return variables;
}
