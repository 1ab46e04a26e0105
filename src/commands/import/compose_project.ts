/**
 * A Compose project as `docker compose config --format json` prints it: paths are absolute, values in their long form.
 */
import { absolutePath, folderOf } from "../../host/paths.ts";
import type { Host } from "../../host/host.ts";
import { ValueError } from "../../errors.ts";
import { parseDuration } from "../../plan/values/durations.ts";
import { askCompose, type ComposeRequest } from "../docker_compose.ts";

export type Mapping = Readonly<Record<string, unknown>>;

/** Of networks, volumes and the like `name` is what the engine calls them. */
export interface ComposeProject {
  readonly name: string;
  readonly services: Readonly<Record<string, Mapping>>;
  readonly networks?: Mapping;
  readonly volumes?: Mapping;
  readonly secrets?: Mapping;
  readonly configs?: Mapping;
}

export interface ReadProject {
  readonly project: ComposeProject;
  /** The files that it was made from, as they are named to the user. */
  readonly source: string;
  /** The folder of the first file, absolute. */
  readonly folder: string;
  /** What Compose has printed to standard error. */
  readonly warnings: string;
}

const LIMIT_BYTES = 1024 * 1024;

/** Takes what Compose prints, or has it printed. @throws ValueError */
export async function readProject(request: ComposeRequest, host: Host): Promise<ReadProject> {
  const [file] = request.files;
  const path = file === "-" ? file : absolutePath(file, host.cwd());
  const content = file === "-" ? await readStdin(host) : await readText(path, host);
  const folder = file === "-" ? host.cwd() : folderOf(path);
  const printed = parseProject(content);
  if (printed !== undefined) return { project: printed, source: nameOf(file), folder, warnings: "" };
  const { json, override, warnings } = await askCompose(request, content, host);
  const project = parseProject(json);
  if (project === undefined) throw new ValueError(`Compose has printed no project: ${json.slice(0, 200)}`);
  const files = override === undefined ? request.files : [...request.files, override];
  return { project, source: files.map(nameOf).join(" and "), folder, warnings };
}

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

async function readText(path: string, host: Host): Promise<string> {
  const read = await host.readFile(path, LIMIT_BYTES);
  if (read.kind === "content") return new TextDecoder().decode(read.bytes);
  throw new ValueError(read.kind === "missing" ? "there is no such file" : read.reason);
}

async function readStdin(host: Host): Promise<string> {
  const decoder = new TextDecoder();
  let content = "";
  for await (const piece of host.readStdin()) {
    content += decoder.decode(piece, { stream: true });
    if (content.length > LIMIT_BYTES) throw new ValueError(`it has more than ${LIMIT_BYTES} bytes`);
  }
  return content;
}

/** Undefined if the text is not what Compose prints: there, each service has a command and an entrypoint. */
function parseProject(json: string): ComposeProject | undefined {
  try {
    // "$" is written "$$", since the output is to be read by Compose again.
    const project = mapping(JSON.parse(json.replaceAll("$$", "$")));
    const services = Object.values(mapping(project.services)).map(mapping);
    const isPrinted = services.every((service) => "command" in service && "entrypoint" in service);
    if (typeof project.name !== "string" || !isPrinted) return undefined;
    return {
      ...project,
      name: project.name,
      services: mapping(project.services) as ComposeProject["services"],
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The service that is imported, and what is around it. */
export interface KeyContext {
  readonly project: ComposeProject;
  /** Against which Compose resolves the few paths that it prints as they are. */
  readonly folder: string;
  readonly service: string;
}

/** The name of the service's config and container: the container name that is given, or the service's. */
export function containerName(service: string, { name: project, services }: ComposeProject): string {
  const name = text(mapping(services[service]).container_name ?? service);
  // A container's name has at least two characters.
  return name.length > 1 ? name : `${project}-${name}`;
}

/** The value if it is a mapping, else an empty one. */
export function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Mapping : {};
}

export function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function items(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map(mapping) : [];
}

/** A text, number or boolean as text. */
export function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** `1m30s` in nanoseconds; 0 where none is given. @throws ValueError */
export function nanoseconds(value: unknown): number {
  return value === undefined ? 0 : Number(parseDuration(text(value)));
}
