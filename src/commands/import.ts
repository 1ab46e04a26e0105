/**
 * `service_runner import`: a config for what runs today by `docker run`, by Compose, or just runs.
 * In: an argument list, a Compose file, or a container. Out: the config, which `validate` accepts.
 */
import type { Printed } from "../cli.ts";
import { encodePath } from "../engine/calls.ts";
import { ValueError, valueOrError } from "../errors.ts";
import { errorEnding, EX_CONFIG, EX_OK, EX_SOFTWARE, EX_USAGE } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { planContainer } from "../plan/container_plan.ts";
import { engineSocket } from "../start/greet_engine.ts";
import { gatherInputs } from "../start/plan_service.ts";
import type { ComposeRequest } from "./docker_compose.ts";
import { readProject } from "./import/compose_project.ts";
import { importArguments, withoutProgram } from "./import/from_arguments.ts";
import { connectQueries, isRefusal } from "./engine_queries.ts";
import {
  type ImageSettings,
  importContainerSettings,
  type InspectedContainer,
} from "./import/from_container.ts";
import { importComposeService } from "./import/from_compose.ts";
import { type ImportedService, renderConfig } from "./import/imported.ts";

/** From 1.52 on the engine does not tell the MAC address that was asked for from one that it has made up. */
const MAC_ADDRESS_KNOWN = "1.51";

/** Imports an argument list, with or without `docker run` before it. Exit code 64 for one that Docker would refuse. */
export async function importRun(args: readonly string[], host: Host): Promise<Required<Printed>> {
  const inputs = await gatherInputs(withoutProgram(args) ?? [], host.cwd(), host);
  const service = valueOrError(() => importArguments(args, inputs));
  if (service instanceof ValueError) return refusal(service.message.split("\n"), EX_USAGE);
  return await printConfig(service, host);
}

/** Prints the config; where the plan would refuse it, the reasons instead. */
async function printConfig(service: ImportedService, host: Host): Promise<Required<Printed>> {
  const { name, image, flags, command } = service;
  const inputs = await gatherInputs(flags, host.cwd(), host);
  const result = planContainer({ name, image, containerCreateArgs: flags, serviceArgs: command }, inputs);
  if (result.kind === "planned") return { stdout: renderConfig(service), stderr: "", exitCode: EX_OK };
  return refusal(result.problems.map(({ path: [key], message }) => `${key}: ${message}`), EX_CONFIG);
}

function refusal(messages: readonly string[], exitCode: number): Required<Printed> {
  const lines = messages.map((message) => `service_runner import: ${message}\n`);
  return { stdout: "", stderr: lines.join(""), exitCode };
}

/** Imports a service of a Compose file; it need only be named where the file has several. */
export async function importCompose(request: ComposeRequest, host: Host): Promise<Required<Printed>> {
  try {
    const project = await readProject(request, host);
    const printed = await printConfig(importComposeService(project, request.service), host);
    return { ...printed, stderr: project.warnings + printed.stderr };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return refusal([`Cannot import "${request.files.join('", "')}": ${error.message}`], EX_CONFIG);
  }
}

/** Imports a container of the engine, by name or id. */
export async function importContainer(name: string, host: Host): Promise<Required<Printed>> {
  try {
    using engine = await connectQueries(engineSocket(host), { newest: MAC_ADDRESS_KNOWN });
    const container = await engine.get<InspectedContainer & { readonly Image: string }>(
      `inspect the container "${name}"`,
      `/containers/${encodePath(name)}/json`,
    );
    if (container === undefined) return refusal([`there is no container "${name}"`], EX_SOFTWARE);
    const image = await engine.get<{ readonly Config?: ImageSettings | null }>(
      "inspect the image",
      `/images/${container.Image}/json`,
    );
    const info = await engine.get<{ readonly SecurityOptions?: string[] | null }>("ask the engine", "/info");
    // Without control groups of version 2, a container shares the host's.
    const cgroupns = info?.SecurityOptions?.includes("name=cgroupns") ? "private" : "host";
    return await printConfig(importContainerSettings(container, image?.Config ?? {}, cgroupns), host);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return refusal([error.message], errorEnding(error).exitCode);
  }
}
