/**
 * A Compose project as `docker compose config --format json` prints it: paths are absolute, values in their long form.
 */
import { ValueError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { absolutePath, folderOf } from "../../host/paths.ts";
import { askCompose, type ComposeRequest } from "../docker_compose.ts";
import { type Mapping, mapping, text } from "./json_values.ts";

/** What Compose has printed: beside the services networks, volumes and the like, whose `name` is the engine's. */
export interface ComposeProject extends Mapping {
  readonly name: string;
  readonly services: Mapping;
  /** The files that it was made from, as they are named to the user. */
  readonly source: string;
  /** That of the first file: Compose resolves paths against it, but for a few that it prints as they are. */
  readonly folder: string;
  /** What Compose has printed to standard error. */
  readonly warnings: string;
}

/** What a key becomes: flags, which begin with `--`, and notes. @throws ValueError if the service can not be imported */
export type Row = (value: unknown, project: ComposeProject, service: string) => readonly string[];

const LIMIT_BYTES = 1024 * 1024;

/** Takes what Compose prints, or has it printed. @throws ValueError */
export async function readProject(request: ComposeRequest, host: Host): Promise<ComposeProject> {
  const [file, ...others] = request.files;
  const path = absolutePath(file, host.cwd());
  const content = await (file === "-" ? readStdin(host) : readText(path, host));
  const isPrinted = others.length === 0 && parseProject(content) !== undefined;
  const { json, override, warnings } = isPrinted
    ? { json: content, override: undefined, warnings: "" }
    : await askCompose(request, content, host);
  const project = parseProject(json);
  if (project === undefined) throw new ValueError(`Compose has printed no project: ${json.slice(0, 200)}`);
  const files = [file, ...others, override].filter((name) => name !== undefined);
  const source = files.map((name) => name === "-" ? "standard input" : name).join(" and ");
  return { ...project, source, folder: folderOf(path), warnings };
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
function parseProject(json: string) {
  try {
    // "$" is written "$$", since the output is to be read by Compose again.
    const project = mapping(JSON.parse(json.replaceAll("$$", "$")));
    const { name } = project;
    const services = mapping(project.services);
    const isPrinted = Object.values(services).map(mapping)
      .every((service) => "command" in service && "entrypoint" in service);
    return typeof name === "string" && isPrinted ? { ...project, name, services } : undefined;
  } catch {
    return undefined;
  }
}

/** The name of the service's config and container: the container name that is given, or the service's. */
export function containerName(service: string, { name: project, services }: ComposeProject): string {
  const name = text(mapping(services[service]).container_name ?? service);
  // A container's name has at least two characters.
  return name.length > 1 ? name : `${project}-${name}`;
}
