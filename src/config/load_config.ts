/**
 * A config file → its typed content.
 * In: a path. Out: the config, or a ConfigError that tells all problems of the file at once, each with its place.
 */
import { FAILSAFE_SCHEMA, load, mergeTag, nullCoreTag, YAMLException } from "js-yaml";
import * as v from "valibot";
import { ConfigError, type Problem } from "../errors.ts";
import type { FileRead, Host } from "../host/host.ts";
import { folderOf, resolvePath } from "../host/paths.ts";
import { containerServiceSchema, type ServiceConfig } from "./service_config.ts";

export const SIZE_LIMIT_BYTES = 1024 * 1024;
/** A file of 1 MiB has fewer nodes; with aliases within aliases, a short one can have billions. */
const NODE_LIMIT = 1_000_000;

/** Scalars stay text, so that `1.50` reaches a flag as it was written; only an empty value becomes null. */
const YAML_OPTIONS = { schema: FAILSAFE_SCHEMA.withTags(nullCoreTag, mergeTag) };

export interface LoadedConfig {
  readonly file: string;
  /** The file's folder, against which relative paths in it resolve. */
  readonly folder: string;
  readonly config: ServiceConfig;
  /** The text of the file, for problems that turn up later. */
  readonly text: string;
  /** Of that text, in hexadecimal: by it is seen that the file is another one now. */
  readonly sha256: string;
}

/** @throws ConfigError */
export async function loadServiceConfig(path: string, host: Host): Promise<LoadedConfig> {
  const file = resolvePath(path, host.cwd());
  const text = await decodeText(file, await host.readFile(file, SIZE_LIMIT_BYTES));
  const config = await parseService({ file, text, content: await parseYaml(file, text) });
  return { file, folder: folderOf(file), config, text, sha256: await sha256Of(text) };
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly content: unknown;
}

/** Most services have no `swarm`, which is unknown at first: what tells of it, and of mistakes, is loaded for the others. */
async function parseService(source: Source): Promise<ServiceConfig> {
  const result = v.safeParse(containerServiceSchema, source.content);
  if (result.success) return result.output;
  const { serviceSchema } = await import("./service_schema.ts");
  return await parseConfig(serviceSchema, source);
}

/** Of a text, in hexadecimal digits. */
export async function sha256Of(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

/** The content of a file in the types of the schema. @throws ConfigError that tells all that is wrong with it */
export async function parseConfig<S extends v.GenericSchema>(
  schema: S,
  { file, text, content }: Source,
): Promise<v.InferOutput<S>> {
  const result = v.safeParse(schema, content);
  if (result.success) return result.output;
  const { allProblems } = await import("./problems/all_problems.ts");
  throw await configError(file, text, allProblems(schema, content));
}

/** An error that shows each problem with its line, column and the text around it. */
export async function configError(
  file: string,
  text: string,
  problems: readonly Problem[],
): Promise<ConfigError> {
  const { describeProblems } = await import("./problems/diagnostics.ts");
  return new ConfigError(file, problems, describeProblems(file, text, problems), text);
}

/** @throws ConfigError if it is not there, could not be read, or is not UTF-8 text */
export async function decodeText(file: string, read: FileRead): Promise<string> {
  if (read.kind !== "content") {
    const reason = read.kind === "missing" ? "there is no such file" : read.reason;
    const message = `Cannot read the config "${file}": ${reason}`;
    throw new ConfigError(file, [{ path: [], message, standsAlone: true }], message);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(read.bytes);
  } catch {
    const { explainEncoding } = await import("./problems/syntax_errors.ts");
    const { text, problem } = explainEncoding(read.bytes);
    throw await configError(file, text, [problem]);
  }
}

/** @throws ConfigError */
export async function parseYaml(file: string, text: string): Promise<unknown> {
  let content: unknown;
  try {
    content = load(text, YAML_OPTIONS);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { explainSyntax } = await import("./problems/syntax_errors.ts");
    const { reason, mark } = error;
    throw await configError(file, text, [explainSyntax(text, { reason, position: mark?.position })]);
  }
  const count = countNodes(content, new Map());
  if (count > NODE_LIMIT) {
    const { explainBomb } = await import("./problems/syntax_errors.ts");
    throw await configError(file, text, [explainBomb(text, { count, limit: NODE_LIMIT })]);
  }
  return content;
}

/** How many nodes there were if every alias were written out; each anchored value is walked once. */
function countNodes(value: unknown, counted: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const known = counted.get(value);
  if (known !== undefined) return known;
  // A value within itself never ends.
  counted.set(value, Infinity);
  let count = 1;
  for (const item of Object.values(value)) count += countNodes(item, counted);
  counted.set(value, count);
  return count;
}
